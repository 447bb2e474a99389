import { afterAll, beforeAll, describe, test } from 'vitest';
import { pythonToolchain, runPython as run } from '../real-clients/python.ts';
import { type ProductionCloud, startProductionCloud, type Ways } from './production-cloud.ts';

const { title, missing } = pythonToolchain;

describe.skipIf(missing)(title, () => {
  let production: ProductionCloud;
  beforeAll(async () => {
    production = await startProductionCloud();
  });
  afterAll(() => production[Symbol.asyncDispose]());

  test.each<[way: keyof Ways, program: string]>([
    ['metadata', 'call.py'],
    ['key', 'call.py'],
    ['key', 'call_with_key.py'],
    ['impersonation', 'call_impersonated.py'],
    ['federation', 'call_from_outside.py'],
  ])('by %s: %s', (way, program) => production.small.expectEdges((url) => run(program, [url], production.ways[way])));

  test('verify_token with Google’s own keys', () =>
    production.expectVerification((audience, token) => run('verify.py', [audience], production.ways.key, token)));
});
