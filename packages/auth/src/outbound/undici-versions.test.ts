import { Agent, fetch as fetch8, Pool, request as request8 } from 'undici';
import { Agent as Agent6, fetch as fetch6, request as request6 } from 'undici-6';
import { Agent as Agent7, fetch as fetch7, request as request7 } from 'undici-7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalServer, mint, signingKey, startServer } from '../testing/google.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';
import { clearTokenCache } from './token-cache.ts';

/** Dispatchers of one undici, called by another or by Node: a call works, or ends at once with what does not fit. */

const key = await signingKey('k');
const source = { identity: 'versions', fetchIdToken: (aud: string) => mint(key, { aud }) };

let receiver: LocalServer;
let client: ServiceClient;
beforeAll(async () => {
  receiver = await startServer(({ headers }, response) => response.end(headers.authorization?.slice(0, 9)));
});
beforeEach(() => {
  clearTokenCache();
  client = createServiceClient({ url: receiver.origin, source });
});
afterAll(() => receiver[Symbol.asyncDispose]());

type Call = (url: string, init: { dispatcher: never }) => Promise<unknown>;
const CALLERS: Record<string, Call> = {
  'the fetch of Node': (url, init) => fetch(url, init),
  'the fetch of undici 6': fetch6,
  'the request of undici 6': request6,
  'the fetch of undici 7': fetch7,
  'the request of undici 7': request7,
  'the fetch of undici 8': fetch8,
  'the request of undici 8': request8,
};
/** What speaks as undici 7 and 8 do. Node's own does from Node 26 on. */
const NEWER = ['the fetch of undici 8', 'the request of undici 8'];
const isNodesNewer = Number.parseInt(process.versions.undici ?? '', 10) >= 8;
const DISPATCHERS: Record<string, { make: () => object; fits: (caller: string) => boolean }> = {
  'undici 6': { make: () => new Agent6().compose(client.interceptor as never), fits: () => false },
  'undici 7': { make: () => new Agent7().compose(client.interceptor as never), fits: () => true },
  'undici 8': {
    make: () => new Agent().compose(client.interceptor),
    fits: (caller) => NEWER.includes(caller) || (isNodesNewer && caller === 'the fetch of Node'),
  },
};
const PAIRS = Object.entries(DISPATCHERS).flatMap(([of, { make, fits }]) =>
  Object.entries(CALLERS).map(([caller, call]) => [of, caller, fits(caller), make, call] as const),
);

const textOf = async (response: unknown): Promise<string> => {
  const { body } = response as { body: ReadableStream | AsyncIterable<Uint8Array> };
  return new Response(body as ReadableStream).text();
};
/** `fetch` says "fetch failed", with what failed as its cause. */
const mismatchOf = (error: Error): unknown => (error.message === 'fetch failed' ? error.cause : error);

describe.each([false, true])('with a token at hand: %s, the interceptor', (isWarm) => {
  test.each(PAIRS)('in a dispatcher of %s called by %s works: %s', async (_of, _caller, fits, make, call) => {
    if (isWarm) await client.prefetch();
    const sent = call(`${receiver.origin}/`, { dispatcher: make() as never });
    if (fits) expect(await textOf(await sent)).toBe('Bearer ey');
    else
      expect(mismatchOf(await sent.then(fail, (error: Error) => error))).toMatchObject({
        name: 'CallError',
        code: 'RUN_AUTH_UNDICI_MISMATCH',
        message: expect.stringContaining('import { fetch } from "undici"'),
      });
  });
});

function fail(): never {
  throw new Error('It was answered.');
}

test('a dispatcher of another undici, named by a call or as an option, works or says what does not fit', async () => {
  const mismatch = { name: 'CallError', code: 'RUN_AUTH_UNDICI_MISMATCH' };
  const named = (dispatcher: object): Promise<Response> => client.fetch('/', { dispatcher } as never);
  const option = (dispatcher: object): Promise<Response> =>
    createServiceClient({ url: receiver.origin, source, dispatcher: dispatcher as Agent }).fetch('/');
  expect((await option(new Agent7())).status).toBe(200);
  expect((await option(new Agent())).status).toBe(200);
  await expect(option(new Agent6())).rejects.toMatchObject(mismatch);
  expect((await named(new Agent6())).status).toBe(200);
  expect(
    (await named(new Agent6().compose((dispatch) => (options, handler) => dispatch(options, handler)))).status,
  ).toBe(200);
  expect((await named(new Agent7())).status).toBe(200);
  for (const dispatcher of [new Agent(), new Agent().compose(client.interceptor)])
    if (isNodesNewer) expect((await named(dispatcher)).status).toBe(200);
    else await expect(named(dispatcher)).rejects.toMatchObject(mismatch);
});

test('other faults stay what they are', async () => {
  const pool = new Pool(receiver.origin);
  await pool.close();
  await expect(pool.compose(client.interceptor).request({ path: '/', method: 'GET' })).rejects.toMatchObject({
    code: 'UND_ERR_DESTROYED',
  });
  await expect(
    client.fetch('/', { dispatcher: new Agent7({ connect: { timeout: 1 } }), body: 'x' } as never),
  ).rejects.toThrow(/GET\/HEAD/);
  // While a token is waited for nobody else would hear of what a dispatcher throws.
  clearTokenCache();
  const cold = createServiceClient({ url: receiver.origin, source });
  const broken = cold.interceptor(() => {
    throw new Error('broken');
  });
  const told = await new Promise((resolve) => {
    broken({ path: '/', method: 'GET', origin: receiver.origin }, { onResponseError: (_, error) => resolve(error) });
  });
  expect(told).toMatchObject({ message: 'broken' });
});
