import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, type GateSettings, startEmulator } from '@run-edges/emulator';
import { expect } from 'vitest';
import { googleByName } from '../support/google-by-name.ts';

/** Where nothing answers: of a caller no more than its identity is asked for. */
const NOBODY = 'http://127.0.0.1:9';

export interface ReceiverOptions {
  /** Where it asks for Google's keys: at the emulator's address, which it is told, or under Google's name. */
  readonly keys?: 'by address' | 'by name';
  readonly gate?: GateSettings;
}

interface Receiver extends AsyncDisposable {
  readonly cloud: Cloud;
}

/**
 * Starts a program as a private service that one other may call.
 * @param command as a shell takes it
 */
async function startReceiver(command: string, { keys = 'by address', gate = {} }: ReceiverOptions): Promise<Receiver> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-receiver-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, scripts: { start: command } }));
  const services = { caller: { calls: ['receiver'] }, receiver: { source: folder } };
  const edges = parseDeclaration(JSON.stringify({ services }), 'edges.yaml');
  const google = started.use(await googleByName(() => cloud, { folder }));
  const receiver = keys === 'by name' ? { ...google.env, GOOGLE_CERTS_URL: '' } : {};
  const cloud: Cloud = started.use(await startEmulator({ edges, fronts: { caller: NOBODY }, env: { receiver }, gate }));
  const parts = started.move();
  return { cloud, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/**
 * A receiving service verifies the token of Authorization behind its gate: it greets its caller, and refuses by itself
 * whatever the gate did not look at.
 */
export async function expectReceiver(command: string, options: ReceiverOptions = {}): Promise<void> {
  await using started = await startReceiver(command, options);
  const { cloud } = started;
  const fronts = { caller: NOBODY, receiver: NOBODY };
  await using other = await startEmulator({ edges: cloud.declaration, fronts });
  const { url } = cloud.service('receiver');
  const answer = async (headers: Record<string, string>) => {
    const response = await fetch(url, { headers });
    return [response.status, await response.text()] as const;
  };
  const good = `Bearer ${await cloud.idToken('caller', url)}`;
  const greeting = [200, `Hello, ${cloud.service('caller').listed().serviceAccount}.\n`];
  const refusal = [401, 'Please send a valid bearer token.\n'];

  expect(await answer({ authorization: good })).toEqual(greeting);
  expect(await answer({ authorization: good.replace('Bearer', 'bearer') })).toEqual(greeting);
  expect(await answer({ authorization: good, 'x-serverless-authorization': good })).toEqual(greeting);

  // The gate lets these in by the other header, and hands on what stands in this one.
  const unseen: readonly string[] = [
    `${good.slice(0, -8)}AAAAAAAA`,
    `${good.slice(0, good.lastIndexOf('.'))}.SIGNATURE_REMOVED_BY_GOOGLE`,
    `Bearer ${await cloud.idToken('caller', 'https://another.example')}`,
    `Bearer ${await other.idToken('caller', url)}`,
    good.replace('Bearer', 'Basic'),
    'Bearer',
    '',
  ];
  for (const authorization of unseen)
    expect(await answer({ authorization, 'x-serverless-authorization': good }), authorization).toEqual(refusal);
  expect(await answer({ 'x-serverless-authorization': good })).toEqual(refusal);

  // Those who may not call never reach it.
  expect((await answer({}))[0]).toBe(403);
  expect((await answer({ authorization: `Bearer ${await cloud.idToken('stranger', url)}` }))[0]).toBe(403);
}

/** What some users see instead: every signature is gone, and so the receiver believes nobody. */
export async function expectNobody(command: string): Promise<void> {
  await using started = await startReceiver(command, { gate: { stripAuthorization: 'always' } });
  const { cloud } = started;
  const { url } = cloud.service('receiver');
  const token = await cloud.idToken('caller', url);
  expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  expect(cloud.decisions.list().at(-1)).toMatchObject({ rule: 'invoker', caller: 'caller' });
}
