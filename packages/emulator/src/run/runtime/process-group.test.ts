import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startProcessGroup } from './process-group.ts';

const settings = { cwd: '/', env: { PATH: process.env.PATH ?? '' } };
/** Longer than any of these may take: who waits for it is seen to. */
const GRACE_MS = 60_000;

test('a command that has just begun hears one SIGTERM, as long as it takes over it', async () => {
  const program = `
    let heard = 0;
    process.on('SIGTERM', () => {
      heard += 1;
      if (heard === 1) setTimeout(() => process.exit(heard), 400);
    });
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const group = startProcessGroup(`${process.execPath} -e "${program.replaceAll('\n', ' ')}"`, settings);
  await once(group.child.stdout as NodeJS.ReadableStream, 'data');
  await group.stop(GRACE_MS);
  expect(await group.ended).toBe(1);
});

test('one that is not known to have begun is ended at once, whatever it makes of a SIGTERM', async () => {
  for (let round = 0; round < 20; round++) {
    const group = startProcessGroup('trap "" TERM; sleep 100', settings);
    await group.stop(GRACE_MS);
    expect(await group.ended).toBe(137);
  }
});
