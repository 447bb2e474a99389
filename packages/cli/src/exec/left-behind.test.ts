import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { endLeftBehind } from './left-behind.ts';

test('who is there whatever it is sent is given up, and named', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  // Nothing here is unkillable: it stands for one that waits for a device.
  const stuck = { pid: child.pid ?? 0, name: 'stuck' };
  expect(await endLeftBehind(() => [stuck])).toEqual({ leftBehind: [stuck], staying: [stuck] });
});

test('who comes anew each time is given up as well: the last of them is named', async () => {
  let pid = 2 ** 22;
  const { leftBehind, staying } = await endLeftBehind(() => [{ pid: ++pid, name: 'next' }]);
  expect(staying).toEqual([{ pid, name: 'next' }]);
  expect(leftBehind.length).toBeGreaterThan(1);
});

test('where nobody is left nothing is waited for', async () => {
  const look = vi.fn(() => []);
  expect(await endLeftBehind(look)).toEqual({ leftBehind: [], staying: [] });
  expect(look).toHaveBeenCalledTimes(1);
});
