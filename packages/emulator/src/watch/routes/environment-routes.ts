import type { FastifyInstance } from 'fastify';
import { developerProof, isDeveloperProof } from '../../identity/developer/developer-proof.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';

/** The environment of each identity's program, by name, besides PORT, PATH and the like. */
export type Environments = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What `GET /run-edges/v1/environments?nonce=NONCE&at=NAME` answers. */
export interface ListedEnvironments {
  readonly environments: Environments;
  /** A {@link developerProof} of `answer NONCE ENVIRONMENTS`, the latter as JSON. */
  readonly proof: string;
}

export interface EnvironmentRouteOptions {
  readonly developerToken: string;
  /** @param name by which the asker calls this machine; addresses are as they are reached by it */
  readonly environments: (name: string | undefined) => Environments;
}

/**
 * The developer alone is told, who proves to know the token: `Authorization: Bearer` and a {@link developerProof} of
 * `ask NONCE NAME`, or of `ask NONCE` without a name, so that nobody on the way chooses it. The answer is proven, too: a
 * shell evaluates it, and whatever listens here could name PATH.
 */
export async function environmentRoutes(
  app: FastifyInstance,
  { developerToken, environments }: EnvironmentRouteOptions,
): Promise<void> {
  app.get<{ Querystring: { nonce: string; at?: string } }>(
    '/run-edges/v1/environments',
    {
      schema: {
        querystring: {
          type: 'object',
          required: ['nonce'],
          properties: {
            nonce: { type: 'string', minLength: 16, maxLength: 100 },
            at: { type: 'string', maxLength: 253 },
          },
        },
      },
    },
    async ({ query: { nonce, at }, headers }, reply): Promise<ListedEnvironments> => {
      const [, given = ''] = /^bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
      if (!isDeveloperProof(given, developerToken, at === undefined ? `ask ${nonce}` : `ask ${nonce} ${at}`)) {
        reply.header('www-authenticate', 'Bearer realm="run-edges"');
        throw new GoogleError('UNAUTHENTICATED', 'This wants a proof of the developer’s token: run-edges env has it.');
      }
      const told = environments(at);
      return { environments: told, proof: developerProof(developerToken, `answer ${nonce} ${JSON.stringify(told)}`) };
    },
  );
}
