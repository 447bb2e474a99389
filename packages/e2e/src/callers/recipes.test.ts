import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { Client, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { createVerifier } from '@run-edges/auth/inbound';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { certify } from '../support/authority.ts';
import { edgesFile, repository } from '../support/repository.ts';
import { HELLO, type Receiver, startReceiver } from './receivers.ts';

/** Whom grpc-js trusts: it reads the variable when it is loaded, and the file when it connects. */
const ROOTS = vi.hoisted(() => {
  const file = new URL('../../node_modules/.cache/callers/authority.pem', import.meta.url).pathname;
  process.env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH = file;
  return file;
});

/** Each recipe of docs/how-to/callers.md, as it stands there, with the real library and against the gates. */

const page = readFileSync(join(repository, 'docs', 'how-to', 'callers.md'), 'utf8');
const recipes = [...page.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', code = '']) => ({
  name,
  code,
}));
// Below node_modules they find the libraries that this workspace has.
const folder = join(repository, 'packages', 'e2e', 'node_modules', '.cache', 'callers');

let cloud: Cloud;
let receivers: { 'user-profiles': Receiver; search: Receiver; login: Receiver };
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  for (const { name, code } of recipes) writeFileSync(join(folder, name), code);
  const [userProfiles, search, login] = await Promise.all([startReceiver(), startReceiver(), startReceiver()]);
  receivers = { 'user-profiles': userProfiles, search, login };
  const fronts = Object.fromEntries(Object.entries(receivers).map(([name, { url }]) => [name, url]));
  cloud = await startEmulator({ edges: edgesFile, fronts });
  for (const [name, value] of Object.entries(cloud.env('login'))) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.stop();
  for (const one of Object.values(receivers)) await one[Symbol.asyncDispose]();
});

// biome-ignore lint/suspicious/noExplicitAny: the recipes are JavaScript
type Recipe = any;
let loaded = 0;
/** The recipe as a service loads it that was given this URL. */
function load(name: string, url: string): Promise<Recipe> {
  vi.stubEnv('USER_PROFILES_URL', url);
  loaded += 1;
  return import(`${join(folder, name)}?${loaded}`);
}

/** Makes one call, and says what came. */
const CALLS: Record<string, (recipe: Recipe) => Promise<unknown>> = {
  'axios-by-fetch.js': async ({ userProfiles }) => (await userProfiles.get('/')).data,
  'axios.js': async ({ userProfiles }) => (await userProfiles.get('/')).data,
  'got.js': ({ userProfiles }) => userProfiles('x').text(),
  'ws.js': async ({ connect }) => {
    const socket = await connect('/');
    const [message] = await once(socket, 'message');
    socket.terminate();
    return String(message);
  },
  'connect.js': async ({ transport }) => {
    const hello = createClient(HELLO, transport) as Recipe;
    return (await hello.say({ value: 'you' })).value;
  },
  'mcp.js': async ({ connect }) => {
    const agent = await connect();
    const { content } = await agent.callTool({ name: 'hello', arguments: {} });
    await agent.close();
    return content[0].text;
  },
};

test('every recipe of the page is tried', () => {
  expect(recipes.map(({ name }) => name).sort()).toEqual([...Object.keys(CALLS), 'grpc.js'].sort());
});

describe.each(Object.entries(CALLS))('%s', (name, call) => {
  test('reaches the service that it may call, and none that it may not', async () => {
    expect(await call(await load(name, cloud.service('user-profiles').url))).toMatch(/^hello/);
    expect(cloud.decisions.list().at(-1)).toMatchObject({
      caller: 'login',
      receiver: 'user-profiles',
      rule: 'invoker',
    });
    await expect(call(await load(name, cloud.service('search').url))).rejects.toThrow(
      /403|Forbidden|PERMISSION|permission/,
    );
    expect(cloud.decisions.list().at(-1)).toMatchObject({ caller: 'login', receiver: 'search', status: 403 });
    expect(receivers.search.requests()).toBe(0);
  });
});

test.each(['axios-by-fetch.js', 'mcp.js'])('%s goes on where the keys of its token were withdrawn', async (name) => {
  const recipe = await load(name, cloud.service('user-profiles').url);
  await CALLS[name]?.(recipe);
  await cloud.rotateKeys({ withdraw: true });
  expect(await CALLS[name]?.(recipe)).toBe('hello');
});

test('grpc.js sends the token with each call, over TLS', async () => {
  const { authority, cert, key } = await certify(['localhost']);
  writeFileSync(ROOTS, authority);
  const server = new Server();
  const text = (value: Buffer): string => value.toString();
  const bytes = (value: string): Buffer => Buffer.from(value);
  const path = '/demo.Hello/Say';
  const method = { path, requestStream: false, responseStream: false };
  const codec = {
    requestSerialize: bytes,
    requestDeserialize: text,
    responseSerialize: bytes,
    responseDeserialize: text,
  };
  let allowed = 'nobody@example.com';
  server.addService(
    { say: { ...method, ...codec } } as never,
    {
      say: (
        { metadata }: { metadata: { get(name: string): unknown[] } },
        done: (error: unknown, value?: string) => void,
      ) => {
        const verifier = createVerifier({
          mode: 'signature',
          audience: `https://localhost:${port}`,
          allowedCallers: [allowed],
          jwksUri: `${cloud.url}/oauth2/v3/certs`,
        });
        verifier.verifyHeaders(['authorization', String(metadata.get('authorization')[0])]).then(
          ({ email }) => done(null, `hello ${email}`),
          () => done({ code: status.PERMISSION_DENIED }),
        );
      },
    } as never,
  );
  const pairs = [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }];
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, pairs), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const { address, credentials, options } = await load('grpc.js', `https://localhost:${port}`);
  const client = new Client(address, credentials, options);
  const say = (): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, bytes, text, 'you', (error, value) =>
        error === null ? resolve(value) : reject(error),
      );
    });
  await expect(say()).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
  allowed = cloud.principals.find(({ name }) => name === 'login')?.account.email ?? '';
  expect(await say()).toBe(`hello ${allowed}`);
  client.close();
  server.forceShutdown();
});
