import { createVerifier, type VerifierOptions } from 'fast-jwt';
import { ISSUER } from '../../google/signing-key.ts';
import { fetchPublicKeyPem } from '../public-key.ts';
import type { InboundSettings, PrepareVerifier, Verify } from '../settings.ts';

/** One fixed key, so that it answers at once: its fastest form, though Google's keys change. */
export const prepare: PrepareVerifier = (settings) => prepareFastJwt(settings, {});

export async function prepareFastJwt(
  { jwksUri, audience }: InboundSettings,
  caching: Pick<VerifierOptions, 'cache' | 'cacheKeyBuilder'>,
): Promise<Verify> {
  return createVerifier({
    key: await fetchPublicKeyPem(jwksUri),
    algorithms: ['RS256'],
    allowedIss: ISSUER,
    allowedAud: audience,
    requiredClaims: ['exp'],
    ...caching,
  });
}
