import { createHmac, createPublicKey } from 'node:crypto';
import { base64url, decodeJwt, decodeProtectedHeader, generateKeyPair, type JWK, SignJWT } from 'jose';

/** Ways to spoil a good token, each with the rule that must refuse it. */
export async function forgedTokens(good: string, jwks: { keys: JWK[] }): Promise<Record<string, string>> {
  const [head = '', payload = '', signature = ''] = good.split('.');
  const header = decodeProtectedHeader(good);
  const claims = decodeJwt(good);
  const { privateKey } = await generateKeyPair('RS256');
  const b64 = (value: unknown) => base64url.encode(JSON.stringify(value));

  const pem = createPublicKey({ key: jwks.keys[0] as Record<string, string>, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  });
  const hsHead = b64({ ...header, alg: 'HS256' });
  const hmac = createHmac('sha256', pem).update(`${hsHead}.${payload}`).digest('base64url');
  const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;

  return {
    'unsupported-algorithm (none, no signature)': `${b64({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'unsupported-algorithm (none, signature kept)': `${b64({ ...header, alg: 'none' })}.${payload}.${signature}`,
    'unsupported-algorithm (HS256 by the public key)': `${hsHead}.${payload}.${hmac}`,
    'unsupported-algorithm (RS512)': `${b64({ ...header, alg: 'RS512' })}.${payload}.${signature}`,
    'bad-signature (another key, our kid)': await new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: 'RS256' })
      .sign(privateKey),
    'unknown-key (another key, its own kid)': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'f'.repeat(40) })
      .sign(privateKey),
    'unknown-key (no kid)': await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
    'bad-signature (changed claims)': `${head}.${b64({ ...claims, sub: '1' })}.${signature}`,
    'bad-signature (changed signature)': `${head}.${payload}.${flipped}`,
    'malformed-token (two segments)': `${head}.${payload}`,
    'malformed-token (four segments)': `${good}.x`,
    'malformed-token (header is no JSON)': `%%%.${payload}.${signature}`,
    'malformed-token (too long)': `${head}.${payload}.${'A'.repeat(9000)}`,
    'signature-removed (relayed)': `${head}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE`,
    'access-token (no dots)': 'opaque-value',
  };
}
