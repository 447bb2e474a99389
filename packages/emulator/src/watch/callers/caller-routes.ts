import type { FastifyInstance } from 'fastify';
import type { DeveloperAlone } from '../routes/developer-alone.ts';
import type { CallerTokens } from './caller-tokens.ts';
import type { KnownCallers } from './known-callers.ts';

export interface CallerRouteOptions {
  readonly known: KnownCallers;
  readonly tokens: CallerTokens;
  readonly developer: DeveloperAlone;
}

/** UTF-16 units. */
const LONGEST_AUDIENCE = 2000;

/**
 * `GET /run-edges/v1/callers`: everybody who calls, whatever they are. `POST /run-edges/v1/callers/NAME/id-token` with
 * `{"audience"}`: an ID token of one, for the developer alone.
 */
export async function callerRoutes(app: FastifyInstance, options: CallerRouteOptions): Promise<void> {
  const { known, tokens, developer } = options;

  app.get('/run-edges/v1/callers', () => ({ callers: known.list() }));

  app.post<{ Params: { name: string }; Body: { audience: string } }>(
    '/run-edges/v1/callers/:name/id-token',
    {
      ...developer.alone,
      schema: {
        body: {
          type: 'object',
          required: ['audience'],
          properties: { audience: { type: 'string', minLength: 1, maxLength: LONGEST_AUDIENCE } },
          additionalProperties: false,
        },
      },
    },
    async ({ params: { name }, body: { audience } }, reply) => {
      reply.header('cache-control', 'no-store');
      return { token: await tokens.idToken(name, audience) };
    },
  );
}
