import { expect, test } from 'vitest';
import { refuseOtherRuntime } from './runtime.ts';

test('this is Node', () => {
  expect(() => refuseOtherRuntime()).not.toThrow();
});

test.each([
  ['bun', 'Bun 1.4.5'],
  ['deno', 'Deno 2.9.6'],
])('%s, which says that it is Node, is refused in one line', (key, named) => {
  const version = named.split(' ')[1];
  expect(() => refuseOtherRuntime({ node: '24.3.0', [key]: version })).toThrow(
    new Error(`The emulator of run-edges runs on Node alone; this is ${named}. Start it with node.`),
  );
});
