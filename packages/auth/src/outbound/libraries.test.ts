import axios from 'axios';
import ky from 'ky';
import createClient from 'openapi-fetch';
import { Request as UndiciRequest } from 'undici';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { type LocalServer, mint, signingKey, startServer } from '../testing/google.ts';
import { GOOGLE_PAGES } from '../testing/google-pages.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';
import { clearTokenCache } from './token-cache.ts';

/** Libraries that take a `fetch`, with `client.fetch`. */

const key = await signingKey('k');
let tokens = 0;
const source = { identity: 'libraries', fetchIdToken: (aud: string) => mint(key, { aud, jti: String(tokens++) }) };

let receiver: LocalServer;
let client: ServiceClient;
let withdrawn: string | undefined;
beforeEach(async () => {
  clearTokenCache();
  withdrawn = undefined;
  receiver = await startServer(({ method, url, headers, body }, response) => {
    if (headers.authorization === withdrawn)
      return response.writeHead(401, { 'content-type': 'text/html' }).end(GOOGLE_PAGES[401]);
    if (url.pathname === '/moved') return response.writeHead(307, { location: '/people' }).end();
    if (url.pathname === '/away') return response.writeHead(307, { location: 'http://localhost:1/' }).end();
    response.writeHead(url.pathname === '/missing' ? 404 : 200, { 'content-type': 'application/json' });
    return response.end(
      JSON.stringify({ method, path: url.pathname + url.search, body, type: headers['content-type'] }),
    );
  });
  client = createServiceClient({ url: receiver.origin, source });
});
afterEach(() => receiver[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly data: unknown;
}
interface Paths {
  '/{name}': {
    parameters: { path: { name: string }; query?: { q?: string } };
    post: {
      parameters: { path: { name: string }; query?: { q?: string } };
      requestBody: { content: { 'application/json': { name: string } } };
      responses: { 200: { content: { 'application/json': unknown } } };
    };
  };
}

/** Each posts a JSON object to a path of the receiver. */
const POSTS: Record<string, (path: string, signal?: AbortSignal) => Promise<Answer>> = {
  async 'openapi-fetch'(name, signal) {
    const api = createClient<Paths>({ baseUrl: client.origin, fetch: client.fetch });
    const params = { path: { name }, query: { q: '1' } };
    const { data, error, response } = await api.POST('/{name}', {
      params,
      body: { name: 'Ada' },
      ...(signal && { signal }),
    });
    return { status: response.status, data: data ?? error };
  },
  async 'axios with its fetch adapter'(name, signal) {
    const { status, data } = await axios.post(
      `/${name}?q=1`,
      { name: 'Ada' },
      {
        baseURL: client.origin,
        adapter: 'fetch',
        env: { fetch: client.fetch },
        validateStatus: () => true,
        ...(signal && { signal }),
      },
    );
    return { status, data };
  },
  async ky(name, signal) {
    const api = ky.create({ baseUrl: client.origin, fetch: client.fetch, throwHttpErrors: false, retry: 0 });
    const response = await api.post(`${name}?q=1`, { json: { name: 'Ada' }, ...(signal && { signal }) });
    return { status: response.status, data: await response.json() };
  },
  async 'a Request of undici'(name, signal) {
    const init = { method: 'POST', body: '{"name":"Ada"}', headers: { 'content-type': 'application/json' } };
    const response = await client.fetch(
      new UndiciRequest(`${client.origin}/${name}?q=1`, { ...init, signal: signal ?? null }),
    );
    return { status: response.status, data: await response.json() };
  },
};

describe.each(Object.entries(POSTS))('%s', (_library, post) => {
  const ANSWER = { method: 'POST', path: '/people?q=1', body: '{"name":"Ada"}', type: 'application/json' };

  test('calls with the token', async () => {
    expect(await post('people')).toEqual({ status: 200, data: ANSWER });
    expect(receiver.requests[0]?.headers.authorization).toMatch(/^Bearer ey/);
  });

  test('gets what is missing as an answer', async () => {
    expect(await post('missing')).toMatchObject({ status: 404, data: { path: '/missing?q=1' } });
  });

  test('calls again, body and all, where its token was refused', async () => {
    await post('people');
    withdrawn = receiver.requests[0]?.headers.authorization;
    expect(await post('people')).toEqual({ status: 200, data: ANSWER });
    expect(receiver.requests).toHaveLength(3);
  });

  test('is redirected within the receiver, and never away', async () => {
    expect(await post('moved')).toMatchObject({ data: { method: 'POST', body: '{"name":"Ada"}', path: '/people' } });
    await expect(post('away')).rejects.toThrow();
  });

  test('can give up', async () => {
    await expect(post('people', AbortSignal.abort())).rejects.toMatchObject({ name: /^(?:Abort|Canceled)Error$/ });
    expect(receiver.requests).toEqual([]);
  });
});

test('client.fetch has the type of fetch', () => {
  const typed: typeof fetch = client.fetch;
  expectTypeOf(typed).toBeFunction();
  expectTypeOf(client.fetch).parameter(0).toEqualTypeOf<string | URL | Request | UndiciRequest>();
  expectTypeOf(client.fetch).returns.toEqualTypeOf<Promise<Response>>();
});
