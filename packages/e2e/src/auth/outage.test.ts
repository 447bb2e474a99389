import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { type AuthEvents, CHANNELS } from '@run-edges/auth';
import { createServiceClient } from '@run-edges/auth/outbound';
import type { FaultSettings } from '@run-edges/emulator';
import { GoogleAuth } from 'google-auth-library';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AnsweringCloud, answeringCloud } from './answering-cloud.ts';
import { type MeteredMetadata, meteredMetadata } from './metered-metadata.ts';

/** With RUN_EDGES_FULL=1 an outage lasts 30 real seconds; else its 30 seconds pass ten times as fast. */
const FULL = process.env.RUN_EDGES_FULL === '1';
const OUTAGE_S = 30;
const HOUR_MS = 3_600_000;

let google: AnsweringCloud;
let metadata: MeteredMetadata;
let url: string;
const dispatcher = new Agent({ connections: 50 });

beforeAll(async () => {
  google = await answeringCloud();
  const env = google.cloud.env('login');
  metadata = await meteredMetadata(env.GCE_METADATA_HOST ?? '');
  url = google.cloud.service('user-profiles').url;
  const here = { ...env, GCE_METADATA_HOST: metadata.host, GCE_METADATA_IP: metadata.host };
  for (const [name, value] of Object.entries(here)) vi.stubEnv(name, value);
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined);
});
afterAll(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await dispatcher.close();
  await metadata[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});

/** What the package tells of itself while a test runs. */
const events = {
  waited: [] as AuthEvents['run-edges:auth:token-waited'][],
  fetched: [] as AuthEvents['run-edges:auth:token-fetched'][],
  failed: [] as AuthEvents['run-edges:auth:token-failed'][],
};
const listeners = [
  [CHANNELS.tokenWaited, (event: unknown) => void events.waited.push(event as (typeof events.waited)[number])],
  [CHANNELS.tokenFetched, (event: unknown) => void events.fetched.push(event as (typeof events.fetched)[number])],
  [CHANNELS.tokenFailed, (event: unknown) => void events.failed.push(event as (typeof events.failed)[number])],
] as const;

beforeEach(() => {
  for (const [name, listener] of listeners) subscribe(name, listener);
  reset();
});
afterEach(() => {
  for (const [name, listener] of listeners) unsubscribe(name, listener);
  google.cloud.faults.set({ metadataDelay: 0, metadataDown: false, metadataStatus: 0 });
});

function reset(): void {
  metadata.asked.length = 0;
  for (const list of Object.values(events)) list.length = 0;
}

/** One service calling another: resolves to the status. */
type Call = () => Promise<number>;

function ours(): Call {
  const client = createServiceClient({ url, dispatcher });
  return async () => {
    const response = await client.fetch('/');
    await response.arrayBuffer();
    return response.status;
  };
}

/** As its documentation says: the client once, its headers for each call. */
async function peers(): Promise<{ call: Call; headers: () => Promise<Headers> }> {
  const client = await new GoogleAuth().getIdTokenClient(url);
  const headers = () => client.getRequestHeaders(url);
  return {
    headers,
    call: async () => {
      const response = await fetch(url, { headers: await headers() });
      await response.arrayBuffer();
      return response.status;
    },
  };
}

/** Lets time pass for the callers and for Google alike. */
function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

/** Gives both a new token, and goes to so many seconds before its end. */
async function nearTheEnd(secondsLeft: number, ...calls: Call[]): Promise<void> {
  // Once set, the clock is not turned back: what was issued since would be of the future.
  if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] });
  pass(2 * HOUR_MS);
  for (const call of calls) expect(await call()).toBe(200);
  pass(HOUR_MS - secondsLeft * 1000);
  reset();
}

interface Tally {
  made: number;
  answered: number;
  failed: number;
}

/** Makes a call and counts what becomes of it. */
async function counted(call: Call, tally: Tally): Promise<void> {
  tally.made += 1;
  const status = await call().catch(() => 0);
  if (status === 200) tally.answered += 1;
  else tally.failed += 1;
}

const tally = (): Tally => ({ made: 0, answered: 0, failed: 0 });
const percentile99 = (values: number[]) => values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
const print = (what: string, ours: string, peer: string) =>
  console.info(`${what}\n  @run-edges/auth: ${ours}\n  google-auth-library: ${peer}`);

describe('beside google-auth-library', () => {
  test('1,000 cold calls at once make one call to the metadata server', async () => {
    google.cloud.faults.set({ metadataDelay: 200 });
    const calls = Array.from({ length: 10 }, ours);
    const statuses = await Promise.all(Array.from({ length: 1_000 }, (_, index) => calls[index % 10]?.()));
    expect(metadata.asked).toEqual([expect.stringContaining(`/identity?format=full&audience=${url}`)]);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1_000);
    expect(events.fetched).toHaveLength(1);
    expect(events.waited).toHaveLength(1_000);
    const call = events.fetched[0]?.durationMs ?? 0;
    const wait = percentile99(events.waited.map(({ durationMs }) => durationMs));
    expect(wait).toBeLessThan(2 * call);

    reset();
    const { headers } = await peers();
    const waits = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const started = performance.now();
        await headers();
        return performance.now() - started;
      }),
    );
    expect(metadata.asked.length).toBeGreaterThan(1);
    print(
      '1,000 cold calls at once, a metadata server that takes 200 ms:',
      `1 metadata call of ${call} ms, p99 wait ${wait} ms (${(wait / call).toFixed(2)} of it)`,
      `${metadata.asked.length} metadata calls, p99 wait ${percentile99(waits).toFixed(0)} ms`,
    );
  });

  test('across the refresh line at 500 requests a second none waits', async () => {
    const [own, peer] = [ours(), await peers()];
    const run = async (call: Call): Promise<Tally> => {
      const counts = tally();
      await nearTheEnd(310, call);
      google.cloud.faults.set({ metadataDelay: 200 });
      const under: Promise<void>[] = [];
      for (let tick = 0; tick < 100; tick += 1) {
        for (let index = 0; index < 5; index += 1) under.push(counted(call, counts));
        if (tick === 30) pass(75_000);
        await delay(10);
      }
      await Promise.all(under);
      google.cloud.faults.set({ metadataDelay: 0 });
      return counts;
    };
    expect(await run(own)).toEqual({ made: 500, answered: 500, failed: 0 });
    await vi.waitFor(() => expect(events.fetched).toMatchObject([{ reason: 'refresh' }]), 20_000);
    expect(events.waited).toEqual([]);
    expect(metadata.asked).toHaveLength(1);

    const peerCounts = await run(peer.call);
    const peerWaits = metadata.asked.length;
    expect(peerWaits).toBeGreaterThan(1);
    print(
      '500 requests a second across the refresh line, a metadata server that takes 200 ms:',
      '0 requests waited, 1 metadata call',
      `${peerWaits} of ${peerCounts.made} requests waited, each for a metadata call of its own`,
    );
  });

  const outages: [string, Partial<FaultSettings>][] = [
    ['cuts every connection', { metadataDown: true }],
    ...(FULL
      ? ([
          ['answers 503', { metadataStatus: 503 }],
          ['hangs', { metadataDelay: 600_000 }],
        ] as [string, Partial<FaultSettings>][])
      : []),
  ];
  test.each(outages)(
    'an outage of 30 s that the token outlives is not noticed: the metadata server %s',
    async (how, fault) => {
      const [own, peer] = [ours(), await peers()];
      await nearTheEnd(120, own, peer.call);
      google.cloud.faults.set(fault);
      const [ownCounts, peerCounts] = [tally(), tally()];
      const under: Promise<void>[] = [];
      for (let tick = 0; tick < OUTAGE_S * 20; tick += 1) {
        under.push(counted(own, ownCounts), counted(peer.call, peerCounts));
        await delay(FULL ? 50 : 5);
        pass(50);
      }
      await vi.waitFor(() => expect(events.failed.length).toBeGreaterThan(0), 20_000);
      await Promise.all(under);
      expect(ownCounts).toEqual({ made: 600, answered: 600, failed: 0 });
      expect(events.waited).toEqual([]);
      expect(events.failed.filter(({ servingStale }) => !servingStale)).toEqual([]);
      expect(peerCounts.failed).toBeGreaterThan(0);
      print(
        `30 s${FULL ? '' : ', ten times as fast,'} in which the metadata server ${how}, 20 requests a second, a token with 2 min to live:`,
        `0 of ${ownCounts.made} requests failed, 0 waited; ${events.failed.length} refreshes failed unnoticed`,
        `${peerCounts.failed} of ${peerCounts.made} requests failed`,
      );

      google.cloud.faults.set({ metadataDown: false, metadataStatus: 0, metadataDelay: 0 });
      pass(31_000);
      await vi.waitFor(async () => {
        expect(await own()).toBe(200);
        expect(events.fetched).toMatchObject([{ reason: 'refresh' }]);
      }, 20_000);
      expect(events.waited).toEqual([]);
    },
    120_000,
  );
});
