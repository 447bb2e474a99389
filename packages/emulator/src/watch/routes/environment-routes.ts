import type { FastifyInstance } from 'fastify';
import type { DeveloperAlone } from './developer-alone.ts';

/** The developer's name among those of identities: none of theirs. Who is it where addresses are local, has nothing. */
export const DEVELOPER = '';

/** The environment of each identity's program, by name, besides PORT, PATH and the like. */
export type Environments = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What `GET /run-edges/v1/environments?at=NAME` answers. */
export interface ListedEnvironments {
  readonly environments: Environments;
}

export interface EnvironmentRouteOptions {
  readonly developer: DeveloperAlone;
  /** @param name by which the asker calls this machine; addresses are as they are reached by it */
  readonly environments: (name: string | undefined) => Environments;
}

/**
 * The developer alone is told, by a proof, so that nobody on the way chooses the name. The answer is proven, too: a shell
 * evaluates it, and whatever listens here could name PATH.
 */
export async function environmentRoutes(
  app: FastifyInstance,
  { developer, environments }: EnvironmentRouteOptions,
): Promise<void> {
  app.get<{ Querystring: { at?: string } }>(
    '/run-edges/v1/environments',
    {
      ...developer.byProof,
      schema: { querystring: { type: 'object', properties: { at: { type: 'string', maxLength: 253 } } } },
    },
    async ({ query: { at } }): Promise<ListedEnvironments> => ({ environments: environments(at) }),
  );
}
