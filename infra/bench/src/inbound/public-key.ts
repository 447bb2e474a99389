import { createPublicKey, type JsonWebKey } from 'node:crypto';

/** The first key of a JWK set as PEM, for libraries that read nothing else. */
export async function fetchPublicKeyPem(jwksUri: string): Promise<string> {
  const { keys } = (await (await fetch(jwksUri)).json()) as { keys: JsonWebKey[] };
  const [key] = keys;
  if (key === undefined) throw new Error(`${jwksUri} has no key.`);
  return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}
