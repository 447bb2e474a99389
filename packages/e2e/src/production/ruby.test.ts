import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rubyToolchain, runScript } from '../real-clients/scripts.ts';
import { type ProductionCloud, startProductionCloud, type Ways } from './production-cloud.ts';

const { title, missing } = rubyToolchain;

describe.skipIf(missing)(title, () => {
  let production: ProductionCloud;
  beforeAll(async () => {
    production = await startProductionCloud();
  });
  afterAll(() => production[Symbol.asyncDispose]());

  const run = (program: string, args: readonly string[], way: keyof Ways, stdin?: string) =>
    runScript('ruby', program, args, production.ways[way], stdin);
  const login = () => production.small.cloud.service('login').listed().serviceAccount;

  test.each<[way: keyof Ways]>([['metadata'], ['key']])('googleauth, by %s', (way) =>
    production.small.expectEdges((url) => run('call.rb', [url], way)),
  );

  test('googleauth, a developer who may become an account', () =>
    production.small.expectEdges((url) => run('call_impersonated.rb', [url, login()], 'developer')));

  test('a developer who may not is told so', async () => {
    const { cloud } = production.small;
    const other = cloud.service('search').listed().serviceAccount;
    const { code, stdout, stderr } = await run('call_impersonated.rb', [cloud.urlOf('search'), other], 'developer');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('iam.serviceAccounts.getOpenIdToken');
  });

  test('a verifier with Google’s own keys', () =>
    production.expectVerification((audience, token) => run('verify.rb', [audience], 'key', token)));
});
