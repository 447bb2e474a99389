import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '../processes/serve.ts';
import { createSigningKey } from './signing-key.ts';

/** Where this stand-in for Google is. `metadataHost` is what GCE_METADATA_HOST wants. */
export interface Google {
  readonly metadataHost: string;
  readonly jwksUri: string;
  readonly certificatesUri: string;
}

const key = await createSigningKey();
const identityTokens = new Map<string, Promise<string>>();

/**
 * The metadata server's part for ID tokens, and the two forms of Google's public keys.
 * https://docs.cloud.google.com/run/docs/securing/service-identity#identity_tokens
 */
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://metadata.google.internal');
  const audience = searchParams.get('audience') ?? '';
  if (pathname === '/oauth2/v3/certs') sendKeys(response, key.jwks);
  else if (pathname === '/oauth2/v1/certs') sendKeys(response, key.certificates);
  else if (request.headers['metadata-flavor'] !== 'Google') response.writeHead(403, FLAVOR).end();
  else if (pathname === '/computeMetadata/v1/instance') response.writeHead(200, FLAVOR).end();
  else if (pathname === '/computeMetadata/v1/instance/service-accounts/default/identity' && audience !== '')
    void identityToken(audience).then((token) => response.writeHead(200, FLAVOR).end(token));
  else response.writeHead(404, FLAVOR).end();
});

const FLAVOR = { 'metadata-flavor': 'Google', 'content-type': 'text/html' };

/** Google's server, too, gives the same token again for most of its life: those who ask each time wait for no signature. */
function identityToken(audience: string): Promise<string> {
  const token = identityTokens.get(audience) ?? key.sign(audience);
  identityTokens.set(audience, token);
  return token;
}

function sendKeys(response: ServerResponse, keys: unknown): void {
  response.setHeader('cache-control', 'public, max-age=20000, must-revalidate, no-transform');
  response.setHeader('content-type', 'application/json; charset=UTF-8').end(JSON.stringify(keys));
}

const handlers = {
  open: async (): Promise<Google> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const metadataHost = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const origin = `http://${metadataHost}`;
    return { metadataHost, jwksUri: `${origin}/oauth2/v3/certs`, certificatesUri: `${origin}/oauth2/v1/certs` };
  },
  /** Distinct tokens for an audience. */
  sign: ({ audience, count }: { readonly audience: string; readonly count: number }): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, () => key.sign(audience))),
};
export type GoogleHandlers = typeof handlers;

serve(handlers);
