import type { FastifyInstance } from 'fastify';
import type { Challenges } from '../../identity/developer/challenges.ts';
import { developerProof, provenTexts } from '../../identity/developer/developer-proof.ts';

export interface ChallengeRouteOptions {
  readonly developerToken: string;
  readonly challenges: Challenges;
}

/** What `GET /run-edges/v1/challenge?nonce=NONCE` answers. */
export interface ListedChallenge {
  /** What the next proof of the developer's is made for. */
  readonly challenge: string;
  /** That the developer's token is known here, by `provenTexts.challenge`. */
  readonly proof: string;
}

/** `GET /run-edges/v1/challenge`: by which the developer finds out who is here before telling anything. */
export async function challengeRoute(
  app: FastifyInstance,
  { developerToken, challenges }: ChallengeRouteOptions,
): Promise<void> {
  app.get<{ Querystring: { nonce: string } }>(
    '/run-edges/v1/challenge',
    {
      schema: {
        querystring: {
          type: 'object',
          required: ['nonce'],
          properties: { nonce: { type: 'string', pattern: '^[\\w-]{16,100}$' } },
        },
      },
    },
    async ({ query: { nonce } }, reply): Promise<ListedChallenge> => {
      reply.header('cache-control', 'no-store');
      const challenge = challenges.make();
      return { challenge, proof: developerProof(developerToken, provenTexts.challenge(nonce, challenge)) };
    },
  );
}
