import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf } from '@run-edges/audit/code-blocks';
import { expect, test } from 'vitest';
import { notPrinted, runSteps, stepsOf } from './session.ts';

const page =
  '# A\n\n```sh\necho one\nNAME=two\n```\n\n```text\none\n```\n\n```sh google\nfalse\n```\n\n## B\n\n```sh\necho "$NAME" >&2\n```\n\n```text\ntwo\n```\n';

test('runs what a page tells its reader to run, in one shell', async () => {
  const steps = stepsOf(blocksOf('a.md', page));
  expect(steps.map(({ at, prints }) => [at, prints])).toEqual([
    ['a.md:3', 'one\n'],
    ['a.md:18', 'two\n'],
  ]);
  expect(await runSteps(steps, { cwd: '/', env: { PATH: process.env.PATH } })).toEqual(['one\n', 'two\n']);
});

test('a command that fails stops the page there', async () => {
  const steps = stepsOf(blocksOf('a.md', page.replace('echo one', 'echo broken; false')));
  await expect(runSteps(steps, { cwd: '/', env: { PATH: process.env.PATH } })).rejects.toThrow(
    'a.md:3 ended with 1:\nbroken',
  );
});

test('lines count in their order, and three dots stand for anything', () => {
  expect(notPrinted('a\nc...\n', 'a\nb\ncde\n')).toEqual([]);
  expect(notPrinted('b\na\n', 'a\nb\n')).toEqual(['a']);
  expect(notPrinted('a.c\n', 'abc\n')).toEqual(['a.c']);
});

test('what stays is left running, and ended at the end', async () => {
  const stays = '```sh stays\necho $BASHPID > pid; echo up; exec sleep 60\n```\n\n```sh\nkill -0 $(cat pid)\n```\n';
  const folder = mkdtempSync(join(tmpdir(), 'run-edges-session-'));
  const place = { cwd: folder, env: { PATH: process.env.PATH }, isUp: 'test -s pid' };
  await runSteps(stepsOf(blocksOf('a.md', stays)), place);
  expect(() => process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 0)).toThrow('ESRCH');
  rmSync(folder, { recursive: true });
});

test('what should stay and ends is a failure', async () => {
  const page = '```sh stays\necho no; false\n```\n';
  const place = { cwd: '/', env: { PATH: process.env.PATH }, isUp: 'false' };
  await expect(runSteps(stepsOf(blocksOf('a.md', page)), place)).rejects.toThrow(
    /^a\.md:1 ended with 1:\n[\s\S]*^no$/m,
  );
});
