import { Agent as HttpAgent } from 'node:http';
import { UserRefreshClient } from 'google-auth-library';
import { EnvHttpProxyAgent, getGlobalDispatcher, Pool, setGlobalDispatcher } from 'undici';
import { Agent as Agent7, EnvHttpProxyAgent as EnvHttpProxyAgent7 } from 'undici-7';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Alone, startAlone } from '../testing/alone.ts';
import { type LocalServer, startServer } from '../testing/google.ts';
import { GLOBAL_DISPATCHERS } from './dispatcher-origin.ts';
import { withoutProxy } from './environment-proxy.ts';
import { askLocalsDirectly } from './proxies.ts';
import { createServiceClient } from './service-client.ts';
import { metadataServer } from './sources.ts';

const [OF_NODE] = GLOBAL_DISPATCHERS;
const before = Reflect.get(globalThis, OF_NODE);
const beforeOfUndici = getGlobalDispatcher();

let alone: Alone;
let proxy: LocalServer;
let receiver: LocalServer;
beforeEach(async () => {
  alone = await startAlone();
  proxy = await startServer((_request, response) => response.writeHead(502).end());
  receiver = await startServer((_request, response) => response.end('ok'));
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) vi.stubEnv(name, proxy.origin);
  for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  setGlobalDispatcher(beforeOfUndici);
  Reflect.set(globalThis, OF_NODE, before);
  for (const one of [proxy, receiver, alone]) await one[Symbol.asyncDispose]();
});

const DISPATCHERS: Record<string, () => void> = {
  'the one of Node, by the variables': () => void Reflect.set(globalThis, OF_NODE, new EnvHttpProxyAgent7()),
  'the one of undici 8, by the variables': () => setGlobalDispatcher(new EnvHttpProxyAgent()),
};

test.each(Object.entries(DISPATCHERS))('with %s, this machine is asked without a proxy', async (_which, use) => {
  use();
  const client = createServiceClient({ url: receiver.origin, source: metadataServer() });
  for (let call = 0; call < 2; call += 1) expect(await (await client.fetch('/')).text()).toBe('ok');
  expect(withoutProxy()).toBe(withoutProxy());
  expect(withoutProxy()).toBeDefined();
  expect(proxy.requests).toEqual([]);
});

test('with any other dispatcher, that one is used', async () => {
  for (const use of [() => {}, () => Reflect.set(globalThis, OF_NODE, new Agent7())]) {
    use();
    expect(withoutProxy()).toBeUndefined();
  }
  setGlobalDispatcher(new Pool(receiver.origin));
  expect(withoutProxy()).toBeUndefined();
  Reflect.set(globalThis, OF_NODE, null);
  expect(withoutProxy()).toBeUndefined();
});

test('a client of Google asks this machine and metadata servers itself, and others as it would', async () => {
  const client = new UserRefreshClient();
  askLocalsDirectly(client);
  const [interceptor] = [...client.transporter.interceptors.request].slice(-1);
  const agentOf = async (url: string, agent?: object): Promise<unknown> => {
    const request = { url: new URL(url), agent, headers: new Headers() };
    return (await interceptor?.resolved?.(request as never))?.agent;
  };
  const byProxy = Object.assign(new HttpAgent(), { proxy: new URL(proxy.origin) });
  for (const host of [
    '127.0.0.1:1',
    '[::1]',
    'a.localhost',
    '169.254.169.254',
    '[fd20:ce::254]',
    'metadata.google.internal.',
  ])
    for (const scheme of ['http', 'https'])
      for (const agent of [undefined, byProxy]) {
        const used = await agentOf(`${scheme}://${host}/`, agent);
        expect(used).toMatchObject({ protocol: `${scheme}:` });
        expect(used).not.toBe(byProxy);
      }
  const own = new HttpAgent();
  expect(await agentOf('http://127.0.0.1/', own)).toBe(own);
  for (const host of ['oauth2.googleapis.com', '169.254.169.254.example', '10.0.0.1'])
    expect(await agentOf(`https://${host}/`, byProxy)).toBe(byProxy);
});
