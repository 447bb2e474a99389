import type { FastifyInstance } from 'fastify';
import { kept } from '../../google/http/kept.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { EmulatorError } from '../../internal/errors.ts';
import type { DeveloperAlone } from '../routes/developer-alone.ts';
import type { Faults } from './faults.ts';

export interface FaultRouteOptions {
  readonly faults: Faults;
  readonly keys: KeyRing;
  readonly developer: DeveloperAlone;
  /** Called when the keys were rotated. */
  readonly save: () => void;
  readonly settled: () => Promise<void>;
}

/**
 * `GET` and `PATCH /run-edges/v1/faults`: what goes wrong on request. `POST /run-edges/v1/keys/rotate`: the next key
 * signs; with `{"withdraw": true}` the others are worth nothing from now on. The developer alone changes something.
 */
export async function faultRoutes(
  app: FastifyInstance,
  { faults, keys, developer, save, settled }: FaultRouteOptions,
): Promise<void> {
  app.get('/run-edges/v1/faults', () => faults.current);

  app.patch<{ Body: Record<string, unknown> }>(
    '/run-edges/v1/faults',
    { ...developer.alone, schema: { body: { type: 'object' } } },
    (request, reply) => {
      try {
        return reply.send(faults.set(request.body));
      } catch (error) {
        if (!(error instanceof EmulatorError)) throw error;
        return reply
          .code(400)
          .send({ error: { code: 400, status: 'INVALID_ARGUMENT', message: `${error.message} ${error.mend}` } });
      }
    },
  );

  app.post<{ Body: { withdraw?: boolean } | null }>(
    '/run-edges/v1/keys/rotate',
    {
      ...developer.alone,
      schema: {
        body: { type: ['object', 'null'], properties: { withdraw: { type: 'boolean' } }, additionalProperties: false },
      },
    },
    async (request) => {
      await keys.rotate(request.body ?? {});
      save();
      await kept(settled);
      return keys.jwks();
    },
  );
}
