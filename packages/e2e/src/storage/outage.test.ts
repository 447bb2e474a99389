import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Directory, engines, startDirectory } from '../support/directory.ts';

/** How long search is down, in seconds. */
const OUTAGE_S = Number(process.env.OUTAGE_SECONDS ?? 2);
const WRITES_PER_SECOND = 50;
/** Every person is written so often, so that the order of writes matters. */
const WRITES_OF_ONE = 5;

describe.each(engines)('search is down for a while, on %s', (engine) => {
  test.each([
    ['and user-profiles goes on', false],
    ['and user-profiles is killed in the middle', true],
  ])(
    '%s: every acknowledged write is findable, none out of order',
    async (_case, killed) => {
      const delivered = new Map<string, number[]>();
      await using directory = await startDirectory(engine, (id, version) => {
        delivered.set(id, [...(delivered.get(id) ?? []), version]);
      });
      const writer = startWriting(directory);
      await until(() => writer.acknowledged.size >= 5);

      await directory.search.end('SIGTERM');
      const before = writer.count();
      await pause((OUTAGE_S * 1_000) / 2);
      if (killed) {
        await directory.profiles.end('SIGKILL');
        await directory.profiles.start();
      }
      await pause((OUTAGE_S * 1_000) / 2);
      const during = writer.count() - before;
      await directory.search.start();
      await until(() => writer.count() > before + during);
      await writer.stop();

      await directory.indexed();
      // Without the time that a restart takes there are as many as asked for; slow machines write fewer.
      expect(during).toBeGreaterThan(OUTAGE_S * 5);
      for (const [person, marker] of writer.acknowledged) {
        const { status, body } = await directory.as('reader', 'GET', `/people?q=${marker}`);
        expect([status, body.people?.map(({ id }: { id: string }) => id)]).toEqual([200, [person]]);
      }
      for (const versions of delivered.values()) expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      expect(delivered.size).toBeGreaterThanOrEqual(writer.acknowledged.size);
      console.log(
        `${engine}, ${OUTAGE_S} s${killed ? ', killed' : ''}: ${writer.count()} writes acknowledged, ${during} of them without search; ${writer.acknowledged.size} people all findable`,
      );
    },
    120_000 + OUTAGE_S * 6_000,
  );
});

/** Writes profiles at a steady rate, each again until it is acknowledged; `acknowledged` has the last word of each person. */
function startWriting(directory: Directory) {
  const acknowledged = new Map<string, string>();
  let count = 0;
  let going = true;

  async function writeAll(person: string): Promise<void> {
    for (let number = 1; number <= WRITES_OF_ONE && going; number += 1) {
      const marker = `${person}w${number}x`;
      const profile = { name: 'Writer', bio: marker };
      while ((await directory.as(person, 'PUT', '/me', profile).catch(() => undefined))?.status !== 200)
        await pause(50);
      acknowledged.set(person, marker);
      count += 1;
    }
  }
  const started = performance.now();
  const writers: Promise<void>[] = [];
  const run = async () => {
    for (let person = 0; going; person += 1) {
      writers.push(writeAll(`p${person}`));
      const due = started + ((person + 1) * WRITES_OF_ONE * 1_000) / WRITES_PER_SECOND;
      await pause(Math.max(0, due - performance.now()));
    }
  };
  const running = run();
  return {
    acknowledged: acknowledged as ReadonlyMap<string, string>,
    count: () => count,
    stop: async () => {
      going = false;
      await running;
      await Promise.all(writers);
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20);
}
