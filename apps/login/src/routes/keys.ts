import type { Service } from '@run-edges/service';
import type { UserTokens } from '../user-token.ts';

/** Publishes the keys with which user-profiles verifies user tokens. */
export function addKeysRoute(app: Service, tokens: UserTokens): void {
  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(await tokens.jwks()),
  );
}
