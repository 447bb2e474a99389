import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { blocksFor } from '@run-edges/audit/block-rules';
import { expect, test } from 'vitest';
import { startDirectory } from '../support/directory.ts';

/** What the README of user-profiles says. */
const [rebuild] = blocksFor('packages/e2e/src/storage/rebuild.test.ts');

test('an index that was lost is filled again while everything runs, without those who hide', async () => {
  await using directory = await startDirectory('SQLite');
  for (const person of ['ada', 'bob', 'eve']) {
    await directory.as(person, 'PUT', '/me', { name: `Quillon ${person}`, hidden: person === 'eve' });
  }
  await directory.indexed();
  const found = async () => {
    const { body } = await directory.as('ada', 'GET', '/people?q=quillon');
    return body.people.map(({ id }: { id: string }) => id).toSorted();
  };
  expect(await found()).toEqual(['ada', 'bob']);

  await directory.search.end('SIGKILL');
  for (const rest of ['', '-wal', '-shm'])
    rmSync(join(directory.cloud.service('search').env.STATE_DIR ?? '', `search.sqlite${rest}`), { force: true });
  await directory.search.start();
  expect(await found()).toEqual([]);

  expect(await directory.profiles.run(rebuild?.text ?? '')).toContain('3 of 3 people');
  expect(await found()).toEqual(['ada', 'bob']);
  // What is written from now on goes its usual way, and is newer.
  await directory.as('ada', 'PUT', '/me', { name: 'Quillon Ada', bio: 'again' });
  await directory.indexed();
  expect((await directory.as('ada', 'GET', '/people?q=again')).body.people).toHaveLength(1);
});
