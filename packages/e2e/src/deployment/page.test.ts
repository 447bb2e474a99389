import { expect, test } from 'vitest';
import { notPrinted, runSteps, stepsOf } from './page.ts';

const page =
  '# A\n\n```sh\necho one\nNAME=two\n```\n\n```text\none\n```\n\n```sh google\nfalse\n```\n\n## B\n\n```sh\necho "$NAME" >&2\n```\n\n```text\ntwo\n```\n';

test('runs what a page tells its reader to run, in one shell', async () => {
  const steps = stepsOf(page);
  expect(steps.map(({ heading, prints }) => [heading, prints])).toEqual([
    ['A', 'one\n'],
    ['B', 'two\n'],
  ]);
  expect(await runSteps(steps, { cwd: '/', env: { PATH: process.env.PATH } })).toEqual(['one\n', 'two\n']);
});

test('a command that fails stops the page there', async () => {
  const steps = stepsOf(page.replace('echo one', 'echo broken; false'));
  await expect(runSteps(steps, { cwd: '/', env: { PATH: process.env.PATH } })).rejects.toThrow(
    '"A" ended with 1:\nbroken',
  );
});

test('lines count in their order, and three dots stand for anything', () => {
  expect(notPrinted('a\nc...\n', 'a\nb\ncde\n')).toEqual([]);
  expect(notPrinted('b\na\n', 'a\nb\n')).toEqual(['a']);
  expect(notPrinted('a.c\n', 'abc\n')).toEqual(['a.c']);
});
