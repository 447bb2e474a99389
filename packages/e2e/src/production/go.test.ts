import { afterAll, beforeAll, describe, test } from 'vitest';
import { buildGo, GO_BUILD_MS, type GoPrograms, goToolchain } from '../real-clients/go.ts';
import { type ProductionCloud, startProductionCloud, type Ways } from './production-cloud.ts';

const { title, missing } = goToolchain;

describe.skipIf(missing)(title, () => {
  let production: ProductionCloud;
  let go: GoPrograms;
  beforeAll(async () => {
    production = await startProductionCloud();
    go = await buildGo('production', ['call', 'verify']);
  }, GO_BUILD_MS);
  afterAll(() => production[Symbol.asyncDispose]());

  test.each<[way: keyof Ways]>([['metadata'], ['key'], ['impersonation'], ['federation']])('idtoken, by %s', (way) =>
    production.small.expectEdges((url) => go.run('call', [url], production.ways[way])),
  );

  test('a validator with Google’s own keys', () =>
    production.expectVerification((audience, token) => go.run('verify', [audience], production.ways.key, token)));
});
