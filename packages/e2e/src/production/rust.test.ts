import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildRust, RUST_BUILD_MS, runRust as run, rustToolchain } from '../real-clients/rust.ts';
import { type ProductionCloud, startProductionCloud, type Ways } from './production-cloud.ts';

const { title, missing } = rustToolchain;

describe.skipIf(missing)(title, () => {
  let production: ProductionCloud;
  beforeAll(async () => {
    await buildRust();
    production = await startProductionCloud();
  }, RUST_BUILD_MS);
  afterAll(() => production?.[Symbol.asyncDispose]());

  test.each<[way: keyof Ways, program: string]>([
    ['metadata', 'call'],
    ['key', 'call'],
    ['impersonation', 'call'],
    ['federation', 'call_from_outside'],
  ])('google-cloud-auth, by %s: %s', (way, program) =>
    production.small.expectEdges((url) => run(program, [url], production.ways[way])),
  );

  test('a verifier with Google’s own keys', () =>
    production.expectVerification((audience, token) => run('verify', [audience], production.ways.key, token)));

  test('a developer’s own file is no service’s: there is no audience for it', async () => {
    const { code, stdout, stderr } = await run('call', ['https://a.example'], production.ways.developer);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/user|not supported/i);
  });
});
