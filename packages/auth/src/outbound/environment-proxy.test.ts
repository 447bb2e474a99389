import { EnvHttpProxyAgent, getGlobalDispatcher, Pool, setGlobalDispatcher } from 'undici';
import { Agent as Agent7, EnvHttpProxyAgent as EnvHttpProxyAgent7 } from 'undici-7';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Alone, startAlone } from '../testing/alone.ts';
import { type LocalServer, startServer } from '../testing/google.ts';
import { GLOBAL_DISPATCHERS } from './dispatcher-origin.ts';
import { withoutProxy } from './environment-proxy.ts';
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
