import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runEdges } from '../support/command-line.ts';
import { projectOf } from '../support/repository.ts';
import { app, type RunningUp, runningUp } from './running-up.ts';

let folder: string;
let up: RunningUp;
beforeEach(async () => {
  const declaration = 'services: { shop: { calls: [stock] }, stock: {}, mail: {} }';
  const program = { program: app };
  folder = projectOf(declaration, { shop: program, stock: program, mail: program });
  up = await runningUp(folder);
});
afterEach(async () => {
  await up[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('a check of a running up is one line at its terminal, and a refusal beside it one of its own', async () => {
  const before = up.printed().length;
  const { code, stdout } = await runEdges(['check', '--json', '--target', up.url], folder).ended;
  expect(code).toBe(0);
  const refused = (JSON.parse(stdout) as { actual: string }[]).filter(({ actual }) => actual === 'forbidden');
  expect(await up.call('mail', 'stock')).toBe(403);
  const tried = `every edge was tried, and ${refused.length} requests were refused`;
  await expect.poll(() => up.printed(), { timeout: 20_000 }).toContain(tried);
  const lines = up.printed().slice(before).trim().split('\n');
  expect(lines.filter((line) => line.includes('check'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes(' -> '))).toEqual([expect.stringContaining('403 mail -> stock GET /')]);
});
