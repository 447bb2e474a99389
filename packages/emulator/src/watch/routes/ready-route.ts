import type { CallerKind } from '@run-edges/edges';
import type { FastifyInstance } from 'fastify';
import type { ContainerState } from '../../run/runtime/container.ts';

/** What is declared, and not up. */
export interface Missing {
  readonly name: string;
  readonly kind: Exclude<CallerKind, 'principal' | 'sender'>;
  readonly state: ContainerState;
}

/** What `GET /run-edges/v1/ready` answers. */
export interface Readiness {
  /** Whether everything that is declared is up: one that sleeps, scaled to zero, is. */
  readonly ready: boolean;
  readonly missing: readonly Missing[];
}

/** `GET /run-edges/v1/ready`: 200 when everything is up, else 503; either way {@link Readiness}. For whoever waits: nobody is asked who it is. */
export async function readyRoute(app: FastifyInstance, { readiness }: { readiness: () => Readiness }): Promise<void> {
  app.get('/run-edges/v1/ready', (_request, reply) => {
    const now = readiness();
    return reply
      .code(now.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(now);
  });
}
