import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { ISSUER } from '../../google/signing-key.ts';
import type { PrepareVerifier } from '../settings.ts';

export const prepare: PrepareVerifier = async ({ jwksUri, audience }) => {
  const keys = createLocalJWKSet((await (await fetch(jwksUri)).json()) as JSONWebKeySet);
  const options = { issuer: ISSUER, audience, algorithms: ['RS256'], requiredClaims: ['exp'] };
  return (token) => jwtVerify(token, keys, options);
};
