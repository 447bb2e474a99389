import { expect, test } from 'vitest';
import { createOutput } from './output.ts';

const said = (line: string) => ({ task: 0, attempt: 0, stream: 'stdout', line }) as const;

test('gives what was written after a line, oldest first', async () => {
  const output = createOutput();
  for (const line of ['a', 'b', 'c']) output.add(said(line));
  expect(await output.after(0, 0)).toMatchObject([{ number: 1, line: 'a' }, { line: 'b' }, { number: 3, line: 'c' }]);
  expect(await output.after(2, 0)).toMatchObject([{ line: 'c' }]);
});

test('waits for the next line, and for the end', async () => {
  const output = createOutput();
  const first = output.after(0, 60_000);
  output.add(said('a'));
  expect(await first).toMatchObject([{ line: 'a' }]);
  const rest = output.after(1, 60_000);
  output.end();
  expect(await rest).toEqual([]);
  expect(await output.after(1, 60_000)).toEqual([]);
});

test('waits no longer than it was told', async () => {
  expect(await createOutput().after(0, 1)).toEqual([]);
});

test.for([
  ['many lines', 100_000, 'a'],
  ['long lines', 1000, 'a'.repeat(100_000)],
] as const)('keeps the newest of %s', async ([, count, text]) => {
  const output = createOutput();
  for (let at = 1; at <= count; at++) output.add(said(text));
  const kept = await output.after(0, 0);
  expect(kept.at(-1)?.number).toBe(count);
  expect(kept.length).toBeLessThanOrEqual(2000);
  expect(kept.reduce((sum, { line }) => sum + line.length, 0)).toBeLessThanOrEqual(1024 * 1024);
});

test('keeps the newest line, however long it is', async () => {
  const output = createOutput();
  output.add(said('a'));
  output.add(said('b'.repeat(2_000_000)));
  expect((await output.after(0, 0)).map(({ number }) => number)).toEqual([2]);
});
