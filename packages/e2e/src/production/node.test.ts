import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyNode, type RunNode } from '../real-clients/node.ts';
import { runProgram } from '../real-clients/run-program.ts';
import { clients } from '../real-clients/toolchain.ts';
import { type ProductionCloud, startProductionCloud, type Ways } from './production-cloud.ts';

let production: ProductionCloud;
let run: RunNode;
beforeAll(async () => {
  production = await startProductionCloud();
  run = await copyNode('production');
});
afterAll(() => production[Symbol.asyncDispose]());

describe('google-auth-library for Node.js, by production addresses and nothing else', () => {
  test.each<[way: keyof Ways, program: string]>([
    ['metadata', 'call.js'],
    ['metadata', 'call-with-metadata.js'],
    ['key', 'call.js'],
    ['key', 'call-with-key.js'],
    ['impersonation', 'call.js'],
    ['federation', 'call-federated.js'],
  ])('by %s: %s', (way, program) => production.small.expectEdges((url) => run(program, [url], production.ways[way])));

  test('verifyIdToken with Google’s own keys', () =>
    production.expectVerification((audience, token) => run('verify.js', [audience], production.ways.key, token)));
});

test('@run-edges/auth, from outside', async () => {
  const { small, ways } = production;
  const call = (name: string) => run('call-from-outside.js', [small.cloud.urlOf(name)], ways.federation);
  const [allowed, forbidden] = await Promise.all([call('user-profiles'), call('search')]);
  expect(allowed, allowed.stderr).toMatchObject({ code: 0, stdout: '200 user-profiles was reached\n' });
  expect(forbidden).toMatchObject({ code: 1, stderr: expect.stringContaining('add-iam-policy-binding') });
});

test('curl, as Google’s page has it', () =>
  production.small.expectEdges((url) =>
    runProgram({ command: 'sh', args: [join(clients, 'curl', 'call.sh'), url], env: { ...production.ways.metadata } }),
  ));
