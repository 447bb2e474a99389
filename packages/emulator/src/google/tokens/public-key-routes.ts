import Fastify, { type FastifyInstance } from 'fastify';
import { createCertificates } from '../../identity/keys/certificates.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { GOOGLE_ISSUER, GOOGLE_TOKEN_URL } from '../../identity/tokens/tokens.ts';

/** Google caches its certificates for some hours. */
const CERTS_CACHE = 'public, max-age=21600, must-revalidate, no-transform';

const DISCOVERY_CACHE = 'public, max-age=3600';

/** The keys are public. */
const anyOrigin = { config: { anyOrigin: true } };

/** What may go wrong with Google's keys, on request. */
export interface PublicKeyFaults {
  /** The addresses with Google's keys answer 503. */
  readonly certsDown: boolean;
}

export interface PublicKeyOptions {
  readonly keys: KeyRing;
  readonly faults: { readonly current: PublicKeyFaults };
}

/** What Google publishes for everybody: the keys of its ID tokens, and where they are. */
export async function publicKeyRoutes(app: FastifyInstance, { keys, faults }: PublicKeyOptions): Promise<void> {
  app.addHook('onRequest', async (request, reply) => {
    if (faults.current.certsDown && request.url.startsWith('/oauth2/')) return reply.code(503).send();
  });

  const certificates = createCertificates(keys);
  app.get('/oauth2/v3/certs', anyOrigin, (_request, reply) =>
    reply.header('cache-control', CERTS_CACHE).send(keys.jwks()),
  );
  app.get('/oauth2/v1/certs', anyOrigin, async (_request, reply) =>
    reply.header('cache-control', CERTS_CACHE).send(await certificates()),
  );
  app.get('/.well-known/openid-configuration', anyOrigin, (request, reply) => {
    const own = `${request.protocol}://${request.host}`;
    const atGoogle = request.hostname === 'accounts.google.com';
    return reply.header('cache-control', DISCOVERY_CACHE).send({
      issuer: GOOGLE_ISSUER,
      token_endpoint: atGoogle ? GOOGLE_TOKEN_URL : `${own}/token`,
      jwks_uri: `${atGoogle ? 'https://www.googleapis.com' : own}/oauth2/v3/certs`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'email'],
      claims_supported: ['aud', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub'],
      grant_types_supported: ['refresh_token', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
    });
  });
}

/** The same and nothing else, to be listened to by who opens a port for it. */
export async function createPublicKeyServer(options: PublicKeyOptions): Promise<FastifyInstance> {
  const app = Fastify({ requestTimeout: 60_000 });
  await app.register(publicKeyRoutes, options);
  await app.ready();
  return app;
}
