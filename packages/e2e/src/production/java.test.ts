import { afterAll, beforeAll, describe, test } from 'vitest';
import { compileJava, javaToolchain, type RunJava } from '../real-clients/java.ts';
import { type ProductionCloud, startProductionCloud, type Ways } from './production-cloud.ts';

const { title, missing } = javaToolchain;

describe.skipIf(missing)(title, () => {
  let production: ProductionCloud;
  let run: RunJava;
  beforeAll(async () => {
    production = await startProductionCloud();
    run = await compileJava('production');
  }, 120_000);
  afterAll(() => production[Symbol.asyncDispose]());

  test.each<[way: keyof Ways, program: string]>([
    ['metadata', 'Call'],
    ['key', 'Call'],
    ['impersonation', 'Call'],
    ['federation', 'CallFromOutside'],
  ])('google-auth-library, by %s: %s', { timeout: 60_000 }, (way, program) =>
    production.small.expectEdges((url) => run(program, [url], production.ways[way])),
  );

  test('a verifier with Google’s own keys', { timeout: 60_000 }, () =>
    production.expectVerification((audience, token) => run('Verify', [audience], production.ways.key, token)),
  );
});
