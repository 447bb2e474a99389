import { expect, test } from 'vitest';
import { runEdges } from './support/command-line.ts';

test('up --people shows how many of them can be found, until all can', async () => {
  const running = runEdges(['up', '--port', '0', '--people', '2500']);
  await running.printed('Press Ctrl-C to stop.');
  const lines = running.told().split('\n');
  expect(lines.some((line) => line.includes('of 2500 can be found'))).toBe(true);
  expect(lines.findLast((line) => line.includes('can be found'))).toContain('2500 of 2500');
  running.child.kill('SIGINT');
  expect((await running.ended).code).toBe(0);
});
