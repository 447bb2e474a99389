import {
  Agent,
  BalancedPool,
  Client,
  type Dispatcher,
  interceptors,
  Pool,
  ProxyAgent,
  RetryAgent,
  RoundRobinPool,
  Request as UndiciRequest,
} from 'undici';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type LocalServer, mint, signingKey, startServer } from '../testing/google.ts';
import { createServiceClient, type ServiceClient, type ServiceClientOptions } from './service-client.ts';
import { clearTokenCache } from './token-cache.ts';

/** The token stays with its receiver, whatever a call, its dispatcher or an answer says. */

const key = await signingKey('k');
const open: { close(): Promise<unknown> }[] = [];

let receiver: LocalServer;
let stranger: LocalServer;
beforeEach(async () => {
  clearTokenCache();
  receiver = await startServer((_request, response) => response.end('receiver'));
  stranger = await startServer((_request, response) => response.end('stranger'));
});
afterEach(async () => {
  expect(stranger.requests).toEqual([]);
  await Promise.all(open.splice(0).map((each) => each.close()));
  await receiver[Symbol.asyncDispose]();
  await stranger[Symbol.asyncDispose]();
});

const source = { identity: 'test', fetchIdToken: (aud: string) => mint(key, { aud }) };
const client = (options: Partial<ServiceClientOptions> = {}): ServiceClient =>
  createServiceClient({ url: receiver.origin, source, ...options });
function opened<T extends Dispatcher>(dispatcher: T): T {
  open.push(dispatcher);
  return dispatcher;
}
const REFUSED = { name: 'CallError', code: 'RUN_AUTH_ORIGIN_REFUSED' };

describe('fetch refuses', () => {
  const targets: [string, (own: string, other: string) => unknown][] = [
    ['another origin', (_own, other) => `${other}/x`],
    ['a URL object of another origin', (_own, other) => new URL(other)],
    ['a path that is another host', (_own, other) => other.replace('http:', '')],
    ['backslashes in place of slashes', (_own, other) => other.replace('http://', 'http:\\\\')],
    ['backslashes in place of a scheme', (_own, other) => other.replace('http://', '\\\\')],
    ['a slash and a backslash', (_own, other) => ` ${other.replace('http://', '/\\')}`],
    ['blanks before', (_own, other) => ` \t\n${other}`],
    ['a line break inside', (_own, other) => other.replace('http', 'ht\ntp')],
    ['blob: of the origin', (own) => `blob:${own}/1-2`],
    ['a URL object of it', (own) => new URL(`blob:${own}/1-2`)],
    ['filesystem: of the origin', (own) => `filesystem:${own}/temporary/x`],
    ['view-source: of the origin', (own) => `view-source:${own}/`],
    ['data:', () => 'data:text/plain,x'],
    ['file:', () => 'file:///etc/passwd'],
    ['javascript:', () => 'javascript:0'],
    ['another scheme', (own) => own.replace('http', 'https')],
    ['another port', (own) => own.replace(/:\d+$/, ':1')],
    ['no port', (own) => own.replace(/:\d+$/, '')],
    ['another name of the host', (own) => own.replace('127.0.0.1', 'localhost')],
    ['a dot after the host', (own) => own.replace('127.0.0.1', 'localhost.')],
    ['a user', (own) => own.replace('//', '//user@')],
    ['a user and a password', (own) => own.replace('//', '//user:secret@')],
    ['the origin as a user of another', (own, other) => other.replace('//', `//${new URL(own).host}@`)],
    ['an invalid URL', () => 'http://['],
    ['a Request', (_own, other) => new Request(other)],
    ['a Request of undici', (_own, other) => new UndiciRequest(other)],
    ['a Request with a body', (_own, other) => new Request(other, { method: 'POST', body: 'x' })],
    ['an object with an address', (_own, other) => ({ href: other })],
  ];
  const none: [string, (other: string) => unknown][] = [
    ['an object that is sent as text', (other) => ({ toString: () => other })],
    ['an array', (other) => [other]],
    ['a boxed text', (other) => Object(other)],
    ['a function', (other) => () => other],
    ['a number', () => 7],
    ['nothing', () => undefined],
    ['null', () => null],
    ['a Map', () => new Map()],
    ['an object whose address is none', () => ({ href: 7 })],
  ];

  test.each(none)('%s, with a TypeError', async (_what, make) => {
    for (const target of [make(stranger.origin), make(receiver.origin), make('/')])
      await expect(client().fetch(target as string)).rejects.toThrow(TypeError);
    expect(receiver.requests).toEqual([]);
  });

  test.each(targets)('%s', async (_what, make) => {
    const target = make(receiver.origin, stranger.origin) as string;
    const error = await client()
      .fetch(target)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject(REFUSED);
    expect(String(error)).not.toMatch(/secret|etc|temporary/);
    expect(receiver.requests).toEqual([]);
  });

  test.each(targets.slice(0, 24))('to be redirected to %s', async (_what, make) => {
    const location = String(make(receiver.origin, stranger.origin)).replace(/[\n\t]/g, '');
    receiver.answer = (_request, response) => response.writeHead(302, { location }).end();
    const error = await client()
      .fetch('/from?q=secret')
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RUN_AUTH_REDIRECT_REFUSED' });
    expect(String(error)).not.toMatch(/secret|etc|temporary/);
    expect(receiver.requests).toHaveLength(1);
  });

  test('a URL that changes between two looks', async () => {
    class Changing extends URL {
      reads = 0;
      override toString(): string {
        this.reads += 1;
        return this.reads === 1 ? receiver.origin : stranger.origin;
      }
    }
    expect(await (await client().fetch(new Changing(stranger.origin))).text()).toBe('receiver');
  });

  test('what is no object in place of an init, as fetch does', async () => {
    for (const wrong of [7, 'POST', true, Symbol('x')])
      await expect(client().fetch('/', wrong as never)).rejects.toThrow(TypeError);
    await expect(client().fetch('/', { redirect: 'never' as never })).rejects.toThrow(TypeError);
    expect(receiver.requests).toEqual([]);
  });

  test('a dispatcher inside of a Request, which nobody can see', async () => {
    const elsewhere = opened(new Pool(stranger.origin));
    for (const Class of [Request, UndiciRequest] as (typeof Request)[]) {
      const request = new Class(`${receiver.origin}/`, { dispatcher: elsewhere } as never);
      expect(await (await client().fetch(request)).text()).toBe('receiver');
      await expect(client().fetch(request, { dispatcher: elsewhere } as never)).rejects.toMatchObject(REFUSED);
    }
  });

  test('nothing that is the receiver, in any way to write it', async () => {
    for (const target of [
      '/',
      '/\\x',
      '?q',
      '',
      '#x',
      `${receiver.origin}/y`,
      receiver.origin.toUpperCase(),
      new URL(receiver.origin),
    ])
      expect((await client().fetch(target)).status).toBe(200);
  });
});

describe('a Host header does not say who gets the token', () => {
  test.each(['host', 'Host', 'HOST'])('%s', async (name) => {
    await client().fetch('/', { headers: { [name]: 'evil.example' } });
    const { body } = await opened(new Pool(receiver.origin))
      .compose(client().interceptor)
      .request({ path: '/', method: 'GET', headers: [name, 'evil.example'] });
    await body.dump();
    expect(receiver.requests.map(({ headers }) => headers.host)).toEqual([receiver.host, receiver.host]);
  });
});

/** Dispatchers that send where they were made for, whatever a request says. */
const FIXED: [string, (origin: string) => Dispatcher][] = [
  ['a Pool', (origin) => new Pool(origin)],
  ['a Client', (origin) => new Client(origin)],
  ['a RoundRobinPool', (origin) => new RoundRobinPool(origin)],
  ['a RetryAgent of a Pool', (origin) => new RetryAgent(new Pool(origin))],
  ['a composed Pool', (origin) => new Pool(origin).compose(interceptors.retry())],
];
const BY_REQUEST: [string, () => Dispatcher][] = [
  ['an Agent', () => new Agent()],
  ['a RetryAgent of an Agent', () => new RetryAgent(new Agent())],
];

describe.each(FIXED)('%s', (_what, make) => {
  const requests = (): Record<string, unknown>[] => [
    {},
    { origin: receiver.origin },
    { origin: new URL(receiver.origin) },
    { origin: stranger.origin },
    { path: `${receiver.origin}/` },
    { path: `${receiver.origin}/`, origin: receiver.origin },
  ];

  test('of another origin gets no token through the interceptor', async () => {
    const dispatcher = opened(make(stranger.origin)).compose(client().interceptor);
    for (const request of requests())
      await expect(dispatcher.request({ path: '/', method: 'GET', ...request } as never)).rejects.toMatchObject(
        REFUSED,
      );
    await expect(
      dispatcher.upgrade({ path: '/', protocol: 'websocket', origin: receiver.origin } as never),
    ).rejects.toMatchObject(REFUSED);
    await expect(dispatcher.connect({ path: '/', origin: receiver.origin } as never)).rejects.toMatchObject(REFUSED);
  });

  test('of another origin is no option, nor named by a call or the process', async () => {
    const dispatcher = opened(make(stranger.origin));
    expect(() => client({ dispatcher })).toThrow(expect.objectContaining({ code: 'RUN_AUTH_OPTION_INVALID' }));
    await expect(client().fetch('/', { dispatcher } as never)).rejects.toMatchObject(REFUSED);
  });

  test('of the receiver is as good as any', async () => {
    const dispatcher = opened(make(receiver.origin));
    const { body } = await dispatcher.compose(client().interceptor).request({ path: '/', method: 'GET' });
    expect(await body.text()).toBe('receiver');
    expect(await (await client({ dispatcher }).fetch('/')).text()).toBe('receiver');
  });
});

describe.each(BY_REQUEST)('%s', (_what, make) => {
  test('goes where the request says, and so must name the receiver', async () => {
    const dispatcher = opened(make());
    const composed = dispatcher.compose(client().interceptor);
    for (const origin of [
      undefined,
      null,
      '',
      stranger.origin,
      `blob:${receiver.origin}/1`,
      receiver.origin.replace('//', '//u@'),
    ])
      await expect(composed.request({ path: '/', method: 'GET', origin } as never)).rejects.toMatchObject(REFUSED);
    const { body } = await composed.request({ path: '/', method: 'GET', origin: receiver.origin });
    expect(await body.text()).toBe('receiver');
    expect(await (await client({ dispatcher }).fetch('/')).text()).toBe('receiver');
  });
});

test('a BalancedPool, which says of several origins none, gets no token', async () => {
  const dispatcher = opened(new BalancedPool([receiver.origin, stranger.origin]));
  await expect(
    dispatcher.compose(client().interceptor).request({ path: '/', method: 'GET', origin: receiver.origin } as never),
  ).rejects.toMatchObject(REFUSED);
  expect(() => client({ dispatcher })).toThrow('several origins');
});

test('a dispatcher of the process that is for another origin gets no token', async () => {
  const name = Symbol.for('undici.globalDispatcher.1');
  const before = Reflect.get(globalThis, name);
  Reflect.set(globalThis, name, opened(new Pool(stranger.origin)));
  try {
    await expect(client().fetch('/')).rejects.toMatchObject(REFUSED);
  } finally {
    Reflect.set(globalThis, name, before);
  }
  expect(await (await client().fetch('/')).text()).toBe('receiver');
});

describe('a path of the interceptor', () => {
  const wrong = (): unknown[] => [
    `${stranger.origin}/`,
    stranger.origin.replace('http:', ''),
    stranger.origin.replace('http://', '/\\'),
    stranger.origin.replace('http://', '\\\\'),
    new URL(stranger.origin).host,
    `blob:${receiver.origin}/`,
    receiver.origin,
    `${receiver.origin}\\@${new URL(stranger.origin).host}/`,
    `${receiver.origin}@${new URL(stranger.origin).host}/`,
    `${receiver.origin}.evil.example/`,
    `${receiver.origin.toUpperCase()}/`,
    '',
    '*',
    'x',
    undefined,
    { charCodeAt: () => 47, startsWith: () => true, toString: () => stranger.origin },
  ];

  test('that could lead elsewhere is refused', async () => {
    const proxy = opened(new ProxyAgent(stranger.origin));
    for (const dispatcher of [opened(new Pool(receiver.origin)), proxy])
      for (const path of wrong()) {
        const sent = dispatcher
          .compose(client().interceptor)
          .request({ path, method: 'GET', origin: receiver.origin } as never);
        await expect(sent, String(path)).rejects.toMatchObject(REFUSED);
      }
    expect(receiver.requests).toEqual([]);
  });

  test('that holds a line break is refused by undici, before anything is sent', async () => {
    const dispatcher = opened(new Pool(receiver.origin)).compose(client().interceptor);
    await client().prefetch();
    for (const path of ['/\r\nhost: evil.example', '/ HTTP/1.1\r\n\r\n', '/\u0000'])
      await expect(dispatcher.request({ path, method: 'GET' })).rejects.toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
    expect(receiver.requests).toEqual([]);
  });

  test('that is changed while a token is waited for stays what it was', async () => {
    let give: (token: string) => void = () => {};
    const slow = { identity: 'slow', fetchIdToken: () => new Promise<string>((resolve) => (give = resolve)) };
    const dispatcher = opened(new Agent()).compose(client({ source: slow }).interceptor);
    const request = { path: '/', method: 'GET' as const, origin: receiver.origin };
    const seen = vi.fn();
    dispatcher.dispatch(request, { onResponseEnd: seen, onResponseError: (_controller, error) => seen(error) });
    Object.assign(request, { origin: stranger.origin, path: `${stranger.origin}/` });
    give(await mint(key, { aud: receiver.origin }));
    await vi.waitFor(() => expect(seen).toHaveBeenCalled());
    expect(receiver.requests.map(({ url }) => url.pathname)).toEqual(['/']);
  });
});

test('headers of the interceptor that are no pairs are refused', async () => {
  const dispatcher = opened(new Pool(receiver.origin)).compose(client().interceptor);
  await expect(dispatcher.request({ path: '/', method: 'GET', headers: ['authorization'] })).rejects.toThrow('odd');
});
