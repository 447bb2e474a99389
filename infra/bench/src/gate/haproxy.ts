import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { decodeProtectedHeader, type JWK } from 'jose';
import { serve } from '../processes/serve.ts';
import { type RunningProgram, startSystemProgram } from '../processes/system-program.ts';
import type { GateAdmission } from './emulator.ts';

let haproxy: RunningProgram | undefined;

const KEY = 'key.pem';

/**
 * Checks the token as HAProxy's maker describes it, in each request, and forwards; writes no log.
 * @see https://www.haproxy.com/blog/verify-oauth-jwt-tokens-with-haproxy
 */
function configuration(port: number, key: string, app: string, { audience, email }: GateAdmission): string {
  const deny = 'http-request deny deny_status 401';
  const claim = (name: string, value: string) =>
    `${deny} unless { var(txn.token),jwt_payload_query('$.${name}') -m str ${value} }`;
  return `
global
  nbthread 1
  maxconn 1024
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend gate
  bind 127.0.0.1:${port}
  http-request set-var(txn.token) http_auth_bearer
  ${deny} unless { var(txn.token),jwt_header_query('$.alg') -m str RS256 }
  ${deny} unless { var(txn.token),jwt_verify("RS256","${key}") -m int 1 }
  ${claim('iss', 'https://accounts.google.com')}
  ${claim('aud', audience)}
  ${claim('email', email)}
  http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int')
  http-request set-var(txn.now) date()
  ${deny} if { var(txn.exp),sub(txn.now) -m int le 0 }
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  default_backend app
backend app
  server app ${new URL(app).host}
`;
}

interface Opening {
  readonly app: string;
  readonly admission: GateAdmission;
}

const handlers = {
  /** Puts it before the app, with the same keys and for the same caller as the gate. */
  open: async ({ app, admission }: Opening): Promise<string> => {
    const { keys } = (await (await fetch(admission.jwksUri)).json()) as { readonly keys: readonly JWK[] };
    const key = keys.find(({ kid }) => kid === decodeProtectedHeader(admission.token).kid);
    if (key === undefined) throw new Error(`The token's key is not at ${admission.jwksUri}.`);
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    haproxy = await startSystemProgram({
      command: 'haproxy',
      argumentsFor: (file) => ['-db', '-q', '-f', file],
      configuration: (port, folder) => configuration(port, join(folder, KEY), app, admission),
      files: { [KEY]: `${pem}` },
    });
    for (const token of ['', admission.strangers, `${admission.token.slice(0, -8)}AAAAAAAA`]) {
      const { status } = await fetch(haproxy.url, { headers: { authorization: `Bearer ${token}` } });
      if (status !== 401) throw new Error(`HAProxy answers ${status} to a request that it should refuse.`);
    }
    return haproxy.url;
  },
};
export type HaproxyHandlers = typeof handlers;

serve(handlers, async () => haproxy?.[Symbol.asyncDispose]());
