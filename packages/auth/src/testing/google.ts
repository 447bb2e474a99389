import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A request as a stand-in saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (request: SeenRequest, response: ServerResponse) => unknown;

/** A real HTTP server on a free port of 127.0.0.1. */
export interface LocalServer extends AsyncDisposable {
  readonly origin: string;
  /** `host:port`. */
  readonly host: string;
  readonly requests: SeenRequest[];
  answer: Answer;
}

/** Starts a server that answers with `answer`, which a test may replace. */
export async function startServer(answer: Answer): Promise<LocalServer> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const seen = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', 'http://127.0.0.1'),
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(seen);
    await local.answer(seen, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const local: LocalServer = {
    origin: `http://${host}`,
    host,
    requests,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return local;
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A signing key with its public half. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK & { kid: string };
}

export async function signingKey(kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

export const ALICE = 'alice-run@demo.iam.gserviceaccount.com';

/** Signs a token as Google does. Claims and header parameters given as `undefined` are left out. */
export function mint(
  key: SigningKey,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    azp: '1'.repeat(21),
    email: ALICE,
    email_verified: true,
    exp: now + 3600,
    iat: now,
    iss: 'https://accounts.google.com',
    sub: '1'.repeat(21),
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid, typ: 'JWT', ...header })
    .sign(key.privateKey);
}

/** Signs any two texts: what is refused then is refused for its content. */
export async function signRaw(key: SigningKey, header: string, payload: string): Promise<string> {
  const input = [header, payload].map((text) => Buffer.from(text).toString('base64url')).join('.');
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

/** Google's endpoints, as the documentation describes them, in one server. */
export interface LocalGoogle extends LocalServer {
  readonly key: SigningKey;
  readonly jwksUri: string;
  /** The keys published. */
  keys: JWK[];
  /** Claims that the tokens it hands out have besides the usual ones. */
  claims: Record<string, unknown>;
  /** Replaces the answer to one path. */
  readonly faults: Map<string, Answer>;
  /** How many requests came to paths that contain this text. */
  count(path: string): number;
}

const STS_TOKEN = 'federated-access-token';

export async function startGoogle(): Promise<LocalGoogle> {
  const key = await signingKey('0123456789abcdef0123456789abcdef01234567');
  const token = (audience: unknown): Promise<string> => mint(key, { aud: audience, ...google.claims });
  const server = await startServer(async (request, response) => {
    const { pathname, searchParams } = request.url;
    for (const [path, fault] of google.faults) if (pathname.includes(path)) return fault(request, response);
    response.setHeader('metadata-flavor', 'Google');
    if (pathname === '/oauth2/v3/certs') {
      response.setHeader('cache-control', 'public, max-age=20000, must-revalidate');
      return json(response, 200, { keys: google.keys });
    }
    if (pathname.endsWith('/identity')) return response.end(await token(searchParams.get('audience')));
    if (pathname.endsWith('/service-accounts/default/token'))
      return json(response, 200, { access_token: 'metadata-access-token', expires_in: 3599, token_type: 'Bearer' });
    if (pathname.startsWith('/computeMetadata/v1/instance')) return response.end('ok');
    if (pathname === '/token') return exchange(new URLSearchParams(request.body), response);
    if (pathname === '/v1/token')
      return json(response, 200, { access_token: STS_TOKEN, expires_in: 3600, token_type: 'Bearer' });
    if (pathname.endsWith(':generateIdToken'))
      return json(response, 200, { token: await token(JSON.parse(request.body).audience) });
    return json(response, 404, { error: { code: 404, message: 'Not found', status: 'NOT_FOUND' } });
  });
  const exchange = async (form: URLSearchParams, response: ServerResponse): Promise<void> => {
    if (form.get('grant_type') === 'refresh_token')
      return json(response, 200, { access_token: 'user-access-token', expires_in: 3599, token_type: 'Bearer' });
    const claims = JSON.parse(Buffer.from(form.get('assertion')?.split('.')[1] ?? '', 'base64url').toString());
    if (claims.target_audience !== undefined)
      return json(response, 200, { id_token: await token(claims.target_audience) });
    return json(response, 200, { access_token: 'key-access-token', expires_in: 3599, token_type: 'Bearer' });
  };
  const google: LocalGoogle = Object.assign(server, {
    key,
    jwksUri: `${server.origin}/oauth2/v3/certs`,
    keys: [key.jwk],
    claims: {},
    faults: new Map<string, Answer>(),
    count: (path: string) => server.requests.filter(({ url }) => url.pathname.includes(path)).length,
  });
  return google;
}
