import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createListener } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { cloudTasks, createVerifier, pubsubPush } from '@run-edges/auth/inbound';
import { readDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Running, runEdges } from '../support/command-line.ts';

const declaration = `services:
  shop: {}
  stock: {}
senders:
  orders: { pubsub: { topic: orders }, to: stock, path: /orders }
  restock: { tasks: { queue: restock }, to: stock, path: /restock }
`;

const official = '/usr/lib/google-cloud-sdk/platform/pubsub-emulator/lib';
const there = existsSync(official);
const title = there ? 'the official Pub/Sub emulator' : 'the official Pub/Sub emulator (not run: it is not installed)';
if (!there) console.warn(title);

interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let folder: string;
let app: Server;
let cloud: Cloud;
let seen: Seen[] = [];
/** What the receiver answers, one after the other; then 204. */
let answers: number[] = [];
const relays: Running[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-edges-relay-'));
  const file = join(folder, 'edges.yaml');
  await writeFile(file, declaration);
  app = createServer(async (request, response) => {
    const { url = '', headers } = request;
    seen.push({ url, headers, body: await text(request).catch(() => '') });
    response.writeHead(answers.shift() ?? 204).end();
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  cloud = await startEmulator({ edges: readDeclaration(file), fronts: { shop: url, stock: url } });
});
beforeEach(() => {
  [seen, answers] = [[], []];
});
afterEach(async () => {
  for (const { child, ended } of relays.splice(0)) {
    child.kill('SIGTERM');
    await ended;
  }
});
afterAll(async () => {
  await cloud.stop();
  app.close();
  app.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): Running {
  const env = { RUN_EDGES_URL: cloud.url, RUN_EDGES_TOKEN: cloud.developerToken };
  return runEdges(['relay', ...args, '--edges', join(folder, 'edges.yaml')], undefined, { env });
}

async function relayOf(sender: string, ...args: string[]): Promise<{ endpoint: string; running: Running }> {
  const running = run(sender, ...args);
  relays.push(running);
  return { endpoint: (await running.printed('\n')).trim(), running };
}

/** As the official emulator pushes: nothing of these headers says who it is. */
function push(endpoint: string, headers: Record<string, string> = {}): Promise<Response> {
  const message = { data: 'aGk=', attributes: {}, messageId: '1', message_id: '1', publishTime: '', publish_time: '' };
  return fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'Java/17.0.15', ...headers },
    body: JSON.stringify({ subscription: 'projects/p/subscriptions/s', message }),
  });
}

/** The token that a push carries. */
function tokenIn({ authorization = '' }: IncomingHttpHeaders): string {
  return authorization.replace('Bearer ', '');
}

async function statusOf(promise: Promise<Response>): Promise<number> {
  const response = await promise;
  await response.arrayBuffer();
  return response.status;
}

describe('run-edges relay', () => {
  test('adds to a push the token that its receiver asks for, signed for the sender', async () => {
    const { url } = cloud.service('stock');
    expect(await statusOf(push(`${url}/orders`))).toBe(403);
    const { endpoint } = await relayOf('orders');
    expect(await statusOf(push(endpoint))).toBe(204);
    expect(seen.map((one) => one.url)).toEqual(['/orders']);
    const account = 'orders-run@run-edges-local.iam.gserviceaccount.com';
    const jwksUri = `${cloud.url}/oauth2/v3/certs`;
    const given = { mode: 'cloud-run', serviceAccount: account, audience: url, jwksUri } as const;
    const { headers } = seen[0] as Seen;
    // Authorization comes whole: the receiver sees for itself who calls.
    expect(await createVerifier(pubsubPush(given)).verify(tokenIn(headers))).toMatchObject({ email: account });
    const other = { ...given, serviceAccount: account.replace('orders', 'restock') };
    await expect(createVerifier(cloudTasks(other)).verify(tokenIn(headers))).rejects.toThrow();
  });

  test('is one sender’s, whatever the source says', async () => {
    const { endpoint } = await relayOf('restock');
    const token = await cloud.idToken('shop', cloud.service('stock').url);
    expect(await statusOf(push(endpoint, { authorization: `Bearer ${token}` }))).toBe(204);
    expect(seen.map((one) => one.url)).toEqual(['/restock']);
    expect(cloud.decisions.list().at(-1)).toMatchObject({ caller: 'restock', receiver: 'stock', status: 204 });
  });

  test('is nothing to whoever does not know its address', async () => {
    const { endpoint } = await relayOf('orders');
    const { origin } = new URL(endpoint);
    expect(await statusOf(push(`${origin}/orders`))).toBe(404);
    expect(await statusOf(push(`${origin}/`))).toBe(404);
    expect(seen).toEqual([]);
  });

  test('has the address that it is told, each time', async () => {
    const secret = 'known0123456789abcd';
    const { endpoint, running } = await relayOf('orders', '--secret', secret, '--json');
    expect(JSON.parse(await running.printed('}'))).toMatchObject({
      sender: 'orders',
      receiver: 'stock',
      audience: cloud.service('stock').url,
    });
    expect(endpoint).toContain('{');
    const { endpoint: address } = JSON.parse(await running.printed('}')) as { endpoint: string };
    expect(address.endsWith(`/${secret}`)).toBe(true);
    expect(await statusOf(push(address))).toBe(204);
    expect(running.told()).not.toContain(secret);
  });

  test.each([
    [['nobody'], '"nobody" is no sender'],
    [['ordes'], 'Did you mean "orders"?'],
    [['orders', '--secret', 'short'], 'It takes 16 to 100 letters and digits.'],
    [['orders', '--target', 'http://127.0.0.1:1'], 'No emulator answers'],
  ])('is refused where it cannot be: %j', async (args, said) => {
    const { code, stderr } = await run(...args).ended;
    expect(code).not.toBe(0);
    expect(stderr).toContain(said);
  });

  test('says that its port is taken', async () => {
    const { endpoint } = await relayOf('orders');
    const { code, stderr } = await run('orders', '--port', new URL(endpoint).port).ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining('cannot listen')]);
  });
});

// A Java machine is started for it.
describe.skipIf(!there)(title, { tags: ['slow'] }, () => {
  let child: ChildProcess;
  let host: string;
  beforeAll(async () => {
    const port = await freePort();
    host = `http://127.0.0.1:${port}`;
    const classes = ['-cp', join(official, '*'), 'com.google.cloud.pubsub.testing.v1.Main'];
    child = spawn('java', [...classes, '--host=127.0.0.1', `--port=${port}`], { stdio: 'ignore' });
    await untilListening(port, child);
  }, 120_000);
  afterAll(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });

  const put = async (path: string, body: object, method = 'PUT') => {
    const response = await fetch(`${host}/v1/projects/p/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status, await response.text()).toBe(200);
  };

  test('pushes through the relay, and tries again what the receiver refused', { timeout: 120_000 }, async () => {
    const { endpoint } = await relayOf('orders');
    answers = [500];
    await put('topics/orders', {});
    await put('subscriptions/stock', {
      topic: 'projects/p/topics/orders',
      pushConfig: { pushEndpoint: endpoint },
      retryPolicy: { minimumBackoff: '0.1s', maximumBackoff: '1s' },
    });
    await put('topics/orders:publish', { messages: [{ data: Buffer.from('hi').toString('base64') }] }, 'POST');
    while (seen.length < 2) await wait(20);
    const [first, second] = seen.map(
      ({ body }) => JSON.parse(body) as { message: { data: string; messageId: string } },
    );
    expect(first?.message.data).toBe(Buffer.from('hi').toString('base64'));
    expect(second?.message.messageId).toBe(first?.message.messageId);
    expect(seen.every(({ headers }) => headers.authorization?.startsWith('Bearer '))).toBe(true);
    expect(cloud.decisions.list().at(-1)).toMatchObject({ caller: 'orders', receiver: 'stock' });
  });
});

async function freePort(): Promise<number> {
  const listener = createListener().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

async function untilListening(port: number, process: ChildProcess): Promise<void> {
  while (process.exitCode === null) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await wait(50);
  }
  throw new Error(`the official emulator ended with ${process.exitCode}`);
}
