import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** Google's side for tests: a key pair whose public half is served as a JWK set on a free port. */
export interface Google extends AsyncDisposable {
  certsUrl: string;
  /** An ID token as the metadata server gives it; `claims` change what is needed. */
  idToken(claims: JWTPayload): Promise<string>;
}

export async function startGoogle(): Promise<Google> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const kid = 'a'.repeat(40);
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    certsUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`,
    idToken: (claims) =>
      new SignJWT({
        azp: '100000000000000000001',
        sub: '100000000000000000001',
        email_verified: true,
        iss: 'https://accounts.google.com',
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setIssuedAt()
        .setExpirationTime(claims.exp ?? '1h')
        .sign(privateKey),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
