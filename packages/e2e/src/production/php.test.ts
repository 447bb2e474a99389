import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { phpToolchain, runScript } from '../real-clients/scripts.ts';
import { type ProductionCloud, startProductionCloud } from './production-cloud.ts';

const { title, missing } = phpToolchain;

describe.skipIf(missing)(title, () => {
  let production: ProductionCloud;
  beforeAll(async () => {
    production = await startProductionCloud();
  });
  afterAll(() => production[Symbol.asyncDispose]());

  test('curl, by metadata', () =>
    production.small.expectEdges((url) => runScript('php', 'call.php', [url], production.ways.metadata)));

  test('curl, by key', () =>
    production.small.expectEdges((url) => runScript('php', 'call-with-key.php', [url], production.ways.key)));

  test('one that is not told whom to trust asks nothing', async () => {
    const { PHP_INI_SCAN_DIR: told, ...untold } = production.ways.key;
    expect(told).toMatch(/^:./);
    const url = production.small.cloud.urlOf('user-profiles');
    const { code, stdout, stderr } = await runScript('php', 'call-with-key.php', [url], untold);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('certificate');
    expect(production.small.cloud.decisions.list().at(-1)).toMatchObject({ rule: 'not-trusted' });
  });

  test('settings of its own stay', async () => {
    const args = ['-r', 'echo extension_loaded("curl") ? "curl" : "", " ", ini_get("curl.cainfo");'];
    const { stdout } = await runProgram({ command: 'php', args, env: production.ways.key });
    expect(stdout).toBe(`curl ${production.ways.key.SSL_CERT_FILE}`);
  });
});
