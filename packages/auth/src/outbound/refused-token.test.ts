import { Pool } from 'undici';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type LocalServer, mint, type SeenRequest, signingKey, startServer } from '../testing/google.ts';
import { GOOGLE_PAGES } from '../testing/google-pages.ts';
import { createServiceClient, type ServiceClient, type ServiceClientOptions } from './service-client.ts';
import type { TokenSource } from './source.ts';
import { clearTokenCache } from './token-cache.ts';

/** What happens when the front end refuses a token that was good: keys withdrawn, a clock corrected. */

const key = await signingKey('k');
const PAGE = GOOGLE_PAGES[401];

let receiver: LocalServer;
let pool: Pool;
/** Tokens that the front end takes. */
let accepts: (token: string) => boolean;
let fetched: string[];
let source: TokenSource;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  clearTokenCache();
  accepts = () => true;
  fetched = [];
  source = {
    identity: 'test',
    fetchIdToken: async (aud) => {
      const token = await mint(key, { aud, jti: fetched.length });
      fetched.push(token);
      return token;
    },
  };
  receiver = await startServer((request, response) => {
    if (accepts(tokenOf(request))) return response.end(`${request.method} ${request.body}`);
    return response
      .writeHead(401, {
        'content-type': 'text/html; charset=UTF-8',
        'www-authenticate': 'Bearer error="invalid_token"',
      })
      .end(PAGE);
  });
  pool = new Pool(receiver.origin);
});
afterEach(async () => {
  vi.useRealTimers();
  await pool.close();
  await receiver[Symbol.asyncDispose]();
});

const tokenOf = ({ headers }: SeenRequest): string => String(headers.authorization).slice(7);
const client = (options: Partial<ServiceClientOptions> = {}): ServiceClient =>
  createServiceClient({ url: receiver.origin, source, ...options });

interface Outcome {
  readonly status: number;
  readonly text: string;
}
interface Request {
  readonly method?: string;
  readonly body?: unknown;
}
type Call = (request?: Request, options?: Partial<ServiceClientOptions>) => Promise<Outcome>;

const CALLS: Record<string, Call> = {
  async fetch({ method = 'GET', body } = {}, options) {
    const response = await client(options).fetch('/x', { method, body: body as never, duplex: 'half' } as RequestInit);
    return { status: response.status, text: await response.text() };
  },
  async interceptor({ method = 'GET', body } = {}, options) {
    const { statusCode, body: answer } = await pool
      .compose(client(options).interceptor)
      .request({ path: '/x', method, body: body as never });
    return { status: statusCode, text: await answer.text() };
  },
};

describe.each(Object.entries(CALLS))('through %s, a token that the front end refuses', (_name, call) => {
  /** From now on the front end wants a token that has not been fetched yet. */
  const withdraw = (): void => {
    const old = new Set(fetched);
    accepts = (token) => !old.has(token);
  };

  test('is dropped, and the call made once more with another one', async () => {
    await call();
    withdraw();
    expect(await call()).toEqual({ status: 200, text: 'GET ' });
    expect(await call()).toEqual({ status: 200, text: 'GET ' });
    expect(fetched).toHaveLength(2);
    expect(receiver.requests.map(tokenOf)).toEqual([fetched[0], fetched[0], fetched[1], fetched[1]]);
  });

  test.each([
    ['POST', 'text'],
    ['PUT', Buffer.from('text')],
    ['POST', new Uint8Array(Buffer.from('text'))],
    ['PATCH', new Blob(['text'])],
    ['DELETE', undefined],
  ])('whatever the method: %s %o', async (method, body) => {
    await call();
    withdraw();
    expect(await call({ method, body })).toEqual({
      status: 200,
      text: `${method} ${body === undefined ? '' : 'text'}`,
    });
    expect(receiver.requests).toHaveLength(3);
  });

  test('is dropped where the body is gone, so that the next call works', async () => {
    await call();
    withdraw();
    const body = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('text');
    };
    await expect(call({ method: 'POST', body: body() })).rejects.toMatchObject({
      code: 'RUN_AUTH_FRONT_END_UNAUTHORIZED',
    });
    expect(receiver.requests).toHaveLength(2);
    expect(await call()).toEqual({ status: 200, text: 'GET ' });
    expect(fetched).toHaveLength(2);
  });

  test('is dropped once, however many calls carried it', async () => {
    await call();
    withdraw();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => call()));
    expect(outcomes.every(({ status }) => status === 200)).toBe(true);
    expect(fetched).toHaveLength(2);
  });

  test('with every other one too, is told after one repetition, and asks the source no more than it can bear', async () => {
    accepts = () => false;
    for (let second = 0; second < 20; second += 1) {
      for (let n = 0; n < 25; n += 1)
        await expect(call()).rejects.toMatchObject({ code: 'RUN_AUTH_FRONT_END_UNAUTHORIZED' });
      vi.advanceTimersByTime(1_000);
    }
    expect(fetched.length).toBeLessThanOrEqual(23);
    expect(fetched.length).toBeGreaterThan(15);
    expect(receiver.requests.length).toBeLessThanOrEqual(500 + fetched.length);
  });

  test('is told with the answer itself to those who want that', async () => {
    accepts = () => false;
    expect(await call({}, { frontEndErrors: 'respond' })).toEqual({ status: 401, text: PAGE });
    expect(fetched).toHaveLength(2);
    withdraw();
    expect(await call({}, { frontEndErrors: 'respond' })).toEqual({ status: 200, text: 'GET ' });
  });

  test('works within a second of the end of what was wrong, however long that lasted', async () => {
    accepts = () => false;
    for (let second = 0; second < 60; second += 1) {
      await call().catch(() => {});
      vi.advanceTimersByTime(500);
    }
    withdraw();
    vi.advanceTimersByTime(1_000);
    expect((await call()).status).toBe(200);
  });

  test('comes back from a source that has it cached: told at once, and asked for again later', async () => {
    await call();
    const [same = ''] = fetched;
    const cached = async (): Promise<string> => {
      fetched.push(same);
      return same;
    };
    source = { ...source, fetchIdToken: cached };
    accepts = () => false;
    clearTokenCache();
    await expect(call()).rejects.toMatchObject({ code: 'RUN_AUTH_FRONT_END_UNAUTHORIZED' });
    expect(receiver.requests).toHaveLength(2);
    expect(fetched).toHaveLength(3);
  });

  test('is told, not that no other one can be had', async () => {
    await call();
    withdraw();
    let calls = 0;
    const { fetchIdToken } = source;
    source = {
      identity: 'failing',
      fetchIdToken: (aud) => (calls++ > 0 ? Promise.reject(new Error('down')) : fetchIdToken(aud)),
    };
    accepts = () => false;
    await expect(call()).rejects.toMatchObject({ code: 'RUN_AUTH_FRONT_END_UNAUTHORIZED' });
    expect(calls).toBe(2);
  });

  test.each([
    ["the application's own 401", 401, 'application/problem+json', '{"status":401}'],
    ["the application's own page", 401, 'text/html', '<h1>Sign in</h1>'],
    ['the page as text', 401, 'text/plain', PAGE],
    ['the page of 403', 403, 'text/html', GOOGLE_PAGES[403]],
    ['the page of 404', 404, 'text/html', GOOGLE_PAGES[404]],
    ['the page of 401 with another status', 403, 'text/html', PAGE],
    ['a page further down', 401, 'text/html', `${'x'.repeat(50_000)}${PAGE}`],
    ['a 503', 503, 'text/html', PAGE],
  ])('is not dropped for %s', async (_what, status, type, text) => {
    await call();
    const { answer } = receiver;
    receiver.answer = (_request, response) => response.writeHead(status, { 'content-type': type }).end(text);
    expect(await call({}, { frontEndErrors: 'respond' })).toEqual({ status, text });
    await call().catch(() => {});
    receiver.answer = answer;
    await call();
    expect(fetched).toHaveLength(1);
    expect(receiver.requests).toHaveLength(4);
  });

  test('is not the newer one that has come meanwhile', async () => {
    await call();
    withdraw();
    let release: () => void = () => {};
    const { answer } = receiver;
    receiver.answer = async (request, response) => {
      if (request.body === 'slow') await new Promise<void>((resolve) => (release = resolve));
      return answer(request, response);
    };
    const slow = call({ method: 'POST', body: 'slow' });
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(2));
    await call();
    release();
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(5));
    release();
    expect((await slow).status).toBe(200);
    expect(fetched).toHaveLength(2);
  });

  test('keeps nobody waiting who has gone', async () => {
    await call();
    withdraw();
    const { fetchIdToken } = source;
    const control = new AbortController();
    source = {
      identity: 'aborting',
      fetchIdToken: async (aud) => {
        const token = await fetchIdToken(aud);
        if (fetched.length > 2) control.abort(new Error('gone'));
        return token;
      },
    };
    accepts = () => false;
    const made = client();
    await made.prefetch();
    const sent =
      _name === 'fetch'
        ? made.fetch('/x', { signal: control.signal })
        : pool.compose(made.interceptor).request({ path: '/x', method: 'GET', signal: control.signal });
    await expect(sent).rejects.toThrow('gone');
    expect(receiver.requests).toHaveLength(2);
  });
});
