import { setTimeout as delay } from 'node:timers/promises';
import {
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTalkService, type TalkService } from './service.ts';
import { type Answer, type TalkClient, talkClient } from './talk-client.ts';

const FOUR_MIB = 4 * 1024 * 1024;
const edges = parseDeclaration('services: { caller: { calls: [talk] }, outsider: {}, talk: {} }', 'edges.yaml');

let service: TalkService;
let cloud: Cloud;
let client: TalkClient;

beforeAll(async () => {
  service = await startTalkService();
  cloud = await startEmulator({
    edges,
    fronts: Object.fromEntries(['caller', 'outsider', 'talk'].map((name) => [name, service.url])),
    gate: { services: { talk: { concurrency: 1000, maxInstances: 10 } } },
  });
  client = clientOf(cloud);
});

afterAll(async () => {
  client?.close();
  await cloud?.stop();
  await service?.[Symbol.asyncDispose]();
});

function clientOf({ service: at }: Cloud): TalkClient {
  return talkClient(new URL(at('talk').url).host, credentials.createInsecure());
}

async function as(caller: string): Promise<Metadata> {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${await cloud.idToken(caller, cloud.service('talk').url)}`);
  return metadata;
}

/** The value and the status of a call, with all its metadata. */
function settled(call: (answer: Answer) => ClientUnaryCall | ClientWritableStream<Buffer>) {
  return new Promise<{ error: ServiceError | null; value: Buffer | undefined; first: Metadata; last: Metadata }>(
    (resolve) => {
      let first = new Metadata();
      let result: { error: ServiceError | null; value: Buffer | undefined } | undefined;
      const made = call((error, value) => {
        result = { error, value };
      });
      made.on('metadata', (metadata: Metadata) => {
        first = metadata;
      });
      made.on('status', ({ metadata: last }) =>
        setImmediate(() => resolve({ error: null, value: undefined, ...result, first, last })),
      );
    },
  );
}

async function all(stream: AsyncIterable<Buffer>): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of stream) parts.push(`${part}`);
  return parts;
}

test('a single question has its answer, and metadata goes both ways, before and after it', async () => {
  const metadata = await as('caller');
  metadata.set('x-mine', 'yes');
  metadata.set('x-mine-bin', Buffer.from([1, 0, 254]));
  const { error, value, first, last } = await settled((answer) => client.Echo(Buffer.from('hello'), metadata, answer));
  expect(error).toBeNull();
  expect(`${value}`).toBe('hello');
  expect(first.get('x-first')).toEqual(['of the head']);
  expect(first.get('x-bytes-bin')).toEqual([Buffer.from([0, 255])]);
  expect(last.get('x-last')).toEqual(['of the trailers']);
  const reached = service.metadata();
  expect(reached.get('x-mine')).toEqual(['yes']);
  expect(reached.get('x-mine-bin')).toEqual([Buffer.from([1, 0, 254])]);
  expect(cloud.decisions.list().at(-1)).toMatchObject({ caller: 'caller', path: '/demo.Talk/Echo', rule: 'invoker' });
});

test('an answer that is all trailers stays one', async () => {
  const metadata = await as('caller');
  const { error } = await settled((answer) => client.Fail(Buffer.from(''), metadata, answer));
  expect(error).toMatchObject({ code: status.FAILED_PRECONDITION, details: 'not before noon: 100 % sure' });
  expect(error?.metadata.get('x-last')).toEqual(['of the trailers alone']);
});

test('streams from the server, to it, and both at once', async () => {
  const metadata = await as('caller');
  expect(await all(client.Count(Buffer.from('200'), metadata))).toEqual(
    Array.from({ length: 200 }, (_, index) => `${index + 1}`),
  );
  const joined = await settled((answer) => {
    const call = client.Join(metadata, answer);
    for (const part of ['a', 'b', 'c']) call.write(Buffer.from(part));
    call.end();
    return call;
  });
  expect(`${joined.value}`).toBe('abc');

  const chat = client.Chat(metadata);
  const answers = chat[Symbol.asyncIterator]();
  for (const word of ['one', 'two', 'three']) {
    chat.write(Buffer.from(word));
    expect(`${(await answers.next()).value}`).toBe(word);
  }
  chat.end();
  expect((await answers.next()).done).toBe(true);
});

test('who has no edge is PERMISSION_DENIED, whose token is none UNAUTHENTICATED, and the service is not reached', async () => {
  const before = service.calls();
  const forged = new Metadata();
  forged.set('authorization', 'Bearer a.b.c');
  for (const [metadata, code, rule] of [
    [await as('outsider'), status.PERMISSION_DENIED, 'not-an-invoker'],
    [new Metadata(), status.PERMISSION_DENIED, 'no-credentials'],
    [forged, status.UNAUTHENTICATED, 'malformed-token'],
  ] as const) {
    const { error } = await settled((answer) => client.Echo(Buffer.from('let me in'), metadata, answer));
    expect(error).toMatchObject({ code });
    expect(cloud.decisions.list().at(-1)).toMatchObject({ rule });
    await expect(all(client.Count(Buffer.from('3'), metadata))).rejects.toMatchObject({ code });
    const joined = await settled((answer) => {
      const call = client.Join(metadata, answer);
      call.write(Buffer.alloc(100_000));
      call.end();
      return call;
    });
    expect(joined.error).toMatchObject({ code });
    const chat = client.Chat(metadata);
    chat.write(Buffer.from('hello'));
    await expect(all(chat)).rejects.toMatchObject({ code });
  }
  expect(service.calls()).toBe(before);
});

test('a deadline and a cancellation reach the service', async () => {
  const metadata = await as('caller');
  const late = await settled((answer) =>
    client.Wait(Buffer.from(''), metadata, { deadline: Date.now() + 300 }, answer),
  );
  expect(late.error).toMatchObject({ code: status.DEADLINE_EXCEEDED });
  await service.cancelled(1);
  const chat = client.Chat(metadata);
  chat.write(Buffer.from('x'));
  chat.on('error', () => undefined);
  await new Promise((resolve) => chat.once('data', resolve));
  chat.cancel();
  await service.cancelled(2);
  expect(cloud.decisions.list().filter(({ rule }) => rule === 'caller-gone').length).toBeGreaterThan(0);
});

test('4 MiB each way, and whoever reads slowly holds nobody up', async () => {
  const metadata = await as('caller');
  const sent = Buffer.alloc(FOUR_MIB, 'x');
  const { value } = await settled((answer) => client.Echo(sent, metadata, answer));
  expect(value?.equals(sent)).toBe(true);
  // Nobody reads what this one says: others go on over the same connection.
  const unread = client.Chat(metadata);
  unread.on('error', () => undefined);
  for (let times = 0; times < 4; times++) unread.write(sent);
  const other = await settled((answer) => client.Echo(Buffer.from('still here'), metadata, answer));
  expect(`${other.value}`).toBe('still here');
  let read = 0;
  unread.on('data', (part: Buffer) => {
    read += part.length;
  });
  unread.end();
  await new Promise((resolve) => unread.once('end', resolve));
  expect(read).toBe(4 * FOUR_MIB);
});

test('1,000 streams at once on one connection', async () => {
  const metadata = await as('caller');
  const chats = Array.from({ length: 1000 }, () => client.Chat(metadata));
  await Promise.all(
    chats.map(async (chat) => {
      chat.write(Buffer.from('hello'));
      await new Promise((resolve, reject) => chat.once('data', resolve).once('error', reject));
    }),
  );
  expect(service.most()).toBe(1000);
  for (const chat of chats) chat.end();
  await Promise.all(chats.map((chat) => new Promise((resolve) => chat.once('end', resolve).resume())));
});

test('an emulator that stops lets the call under way finish, and takes no other', async () => {
  const one = await startEmulator({
    edges,
    fronts: { caller: service.url, outsider: service.url, talk: service.url },
    stopGrace: 20_000,
  });
  const leaving = clientOf(one);
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${await one.idToken('caller', one.service('talk').url)}`);
  const chat = leaving.Chat(metadata);
  const answers = chat[Symbol.asyncIterator]();
  chat.write(Buffer.from('before'));
  expect(`${(await answers.next()).value}`).toBe('before');
  const stopped = one.stop();
  await delay(0);
  chat.write(Buffer.from('after'));
  expect(`${(await answers.next()).value}`).toBe('after');
  chat.end();
  expect((await answers.next()).done).toBe(true);
  await stopped;
  const { error } = await settled((answer) => leaving.Echo(Buffer.from('x'), metadata, answer));
  expect(error).toMatchObject({ code: status.UNAVAILABLE });
  leaving.close();
});
