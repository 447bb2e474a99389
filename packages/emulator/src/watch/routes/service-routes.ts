import type { FastifyInstance } from 'fastify';
import type { ListedExternal } from '../../run/external/external-receivers.ts';
import type { ListedPrincipal } from '../../run/revisions/principal.ts';
import type { ListedService } from '../../run/revisions/service-runtime.ts';

export interface Listed {
  /** @param name by which the asker calls this machine; addresses are as they are reached by it */
  services(name?: string): readonly ListedService[];
  /** Every identity that has a metadata server here: the services, and the stranger that no edge names. */
  principals(name?: string): readonly ListedPrincipal[];
  /** The receivers that others own. */
  external(name?: string): readonly ListedExternal[];
  /** Names of the services that check no invoker (`--no-invoker-iam-check`). */
  unchecked(): readonly string[];
}

export async function serviceRoutes(app: FastifyInstance, { listed }: { listed: Listed }): Promise<void> {
  app.get('/run-edges/v1/services', ({ hostname }) => ({ services: listed.services(hostname) }));
  app.get('/run-edges/v1/external', ({ hostname }) => ({ external: listed.external(hostname) }));
  app.get('/run-edges/v1/principals', ({ hostname }) => ({ principals: listed.principals(hostname) }));
}
