import { fastifyJwt } from '@fastify/jwt';
import { ISSUER } from '../../google/signing-key.ts';
import { fetchPublicKeyPem } from '../public-key.ts';
import type { Guard } from '../settings.ts';

/** One fixed key, and the cache of fast-jwt, which it is built on, turned on. */
export const guard: Guard = async (app, { jwksUri, audience }) => {
  await app.register(fastifyJwt, {
    secret: { public: await fetchPublicKeyPem(jwksUri) },
    verify: { algorithms: ['RS256'], allowedIss: ISSUER, allowedAud: audience, requiredClaims: ['exp'], cache: true },
  });
  app.addHook('onRequest', (request) => request.jwtVerify());
};
