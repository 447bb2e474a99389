import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, runEdges } from '../support/command-line.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';

const TOKEN = 'the-token-of-a-developer-who-loses-nothing';
/** Seconds that the receiver is down under messages. */
const DOWN = Number(process.env.RUN_EDGES_DOWN ?? 3);
const EDGES = `
services:
  inbox: {}
senders:
  news:
    pubsub:
      topic: news
      ordering: true
      deadLetter: { topic: lost, maxAttempts: 100 }
    to: inbox
    path: /push
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-edges-nothing-lost-'));
  await writeFile(join(folder, 'edges.yaml'), EDGES);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Emulator {
  readonly process: Running;
  /** Publishes, one call; gives what was acknowledged. */
  publish(messages: readonly { key: string; text: string }[]): Promise<readonly string[]>;
}

async function start(state: string, receiver: Receiver): Promise<Emulator> {
  const edges = join(folder, 'edges.yaml');
  const args = ['up', '--edges', edges, '--port', '0', '--state', state, '--front', `inbox=${receiver.url}`];
  const process = runEdges(args, folder, { env: { HOME: folder, RUN_EDGES_TOKEN: TOKEN } });
  const printed = await process.printed('Press Ctrl-C to stop.');
  const [, api = ''] = /Google's APIs: (http:\S+)/.exec(printed) ?? [];
  const signedIn = await fetch(`${api}/run-edges/v1/credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const { credentials } = (await signedIn.json()) as { credentials: Record<string, string> };
  const grant = new URLSearchParams({ ...credentials, grant_type: 'refresh_token' });
  const { access_token: bearer } = (await (await fetch(`${api}/token`, { method: 'POST', body: grant })).json()) as {
    access_token: string;
  };
  return {
    process,
    async publish(messages) {
      const sent = messages.map(({ key, text }) => ({
        data: Buffer.from(text).toString('base64'),
        ...(key === '' ? {} : { orderingKey: key }),
      }));
      const response = await fetch(`${api}/v1/projects/run-edges-local/topics/news:publish`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body: JSON.stringify({ messages: sent }),
      });
      expect(response.status).toBe(200);
      return ((await response.json()) as { messageIds: string[] }).messageIds;
    },
  };
}

async function ended({ process }: Emulator, signal: NodeJS.Signals): Promise<void> {
  process.child.kill(signal);
  await process.ended;
}

/** Numbers of a key, each for the first time, as they came. */
function firstOf(received: readonly Received[], key: string): readonly number[] {
  return [...new Set(received.filter((one) => one.key === key).map(({ text }) => Number(text)))];
}

const inOrder = (numbers: readonly number[]) => numbers.toSorted((one, other) => one - other);

test('kill -9 in the middle of delivery loses nothing that was acknowledged, and keeps the order of each key', {
  timeout: 180_000,
}, async () => {
  await using receiver = await startReceiver(7);
  const state = join(folder, 'killed');
  const keys = ['ada', 'bob', ''];
  const acknowledged = new Set<string>();
  let number = 0;
  const batch = () =>
    keys.flatMap((key) => [
      { key, text: `${number++}` },
      { key, text: `${number++}` },
    ]);
  for (const round of [1, 2, 3]) {
    const emulator = await start(state, receiver);
    let going = true;
    const publishing = (async () => {
      while (going) {
        const ids = await emulator.publish(batch()).catch(() => []);
        for (const id of ids) acknowledged.add(id);
      }
    })();
    const before = receiver.received.length;
    while (receiver.received.length < before + 60 * round) await delay(5);
    await ended(emulator, 'SIGKILL');
    going = false;
    await publishing;
  }
  const last = await start(state, receiver);
  await receiver.all(acknowledged);
  await ended(last, 'SIGTERM');

  expect(acknowledged.size).toBeGreaterThan(300);
  for (const key of ['ada', 'bob']) {
    const numbers = firstOf(receiver.received, key);
    expect(numbers).toEqual(inOrder(numbers));
  }
  // Who is told twice is told so.
  const attempts = Map.groupBy(receiver.received, ({ id }) => id);
  for (const [id, of] of attempts) {
    const told = of.map(({ attempt }) => attempt);
    expect(told, id).toEqual([...new Set(told)].toSorted((one, other) => one - other));
  }
});

test('a receiver that is down for a while misses nothing', { timeout: 60_000 + DOWN * 4000 }, async () => {
  await using receiver = await startReceiver(Number.POSITIVE_INFINITY);
  const emulator = await start(join(folder, 'down'), receiver);
  const acknowledged = new Set<string>();
  let number = 0;
  const publish = async (seconds: number) => {
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      const messages = Array.from({ length: 20 }, () => ({ key: `${number % 10}`, text: `${number++}` }));
      for (const id of await emulator.publish(messages)) acknowledged.add(id);
      // 200 a second.
      await delay(100);
    }
  };
  await publish(1);
  await receiver.down();
  await publish(DOWN);
  await receiver.up();
  await publish(1);
  await receiver.all(acknowledged);
  await ended(emulator, 'SIGTERM');
  expect(acknowledged.size).toBeGreaterThan(100);
  for (let key = 0; key < 10; key++) {
    const numbers = firstOf(receiver.received, `${key}`);
    expect(numbers).toEqual(inOrder(numbers));
  }
});
