import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** A server on a free port of this machine, for as long as a test runs. */
export interface Listening extends AsyncDisposable {
  url: string;
}

export async function listen(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Keys of one issuer. */
export interface Issuer {
  jwks: { keys: object[] };
  sign(claims: JWTPayload, lifetime?: string): Promise<string>;
}

export async function createIssuer(alg: 'RS256' | 'ES256', kid: string, defaults: JWTPayload): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return {
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }] },
    sign: (claims, lifetime = '5 minutes') =>
      new SignJWT({ ...defaults, ...claims })
        .setProtectedHeader({ alg, kid, typ: 'JWT' })
        .setIssuedAt()
        .setExpirationTime(lifetime)
        .sign(privateKey),
  };
}

/** Google's ID tokens. */
export const createGoogle = () =>
  createIssuer('RS256', 'a'.repeat(40), {
    iss: 'https://accounts.google.com',
    azp: '100000000000000000001',
    sub: '100000000000000000001',
    email_verified: true,
  });

/** login's user tokens. */
export const createLogin = () => createIssuer('ES256', 'login-key', { iss: 'login', aud: 'user-profiles' });

/** Serves the keys of an issuer. */
export const serveKeys = (issuer: Issuer) =>
  listen((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(issuer.jwks));
  });

/** The metadata server of one identity, for google-auth-library. */
export const startMetadata = (google: Issuer, email: string) =>
  listen(async (request, response) => {
    response.setHeader('metadata-flavor', 'Google');
    const audience = /[?&]audience=([^&]*)/.exec(request.url ?? '')?.[1];
    response.end(audience ? await google.sign({ aud: decodeURIComponent(audience), email }, '1h') : '{}');
  });

/** What Cloud Run leaves of a token in X-Serverless-Authorization. */
export const stripped = (token: string) => token.replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');

/** Waits until a condition holds, without a fixed pause; the test's own time limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
