import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import { echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const identityOf = (host: string, audience: string) =>
  fetch(`http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?audience=${audience}`, {
    headers: { 'Metadata-Flavor': 'Google' },
  });

describe('keys', () => {
  verifies(
    'token:rotation',
    'old tokens stay good while they live, and the new key was published before it signed',
    async () => {
      await using echo = await echoCloud();
      const { url } = echo.cloud.service('search');
      const status = async (token: string) =>
        (await rawRequest(`${url}/x`, ['Authorization', `Bearer ${token}`])).status;
      const kids = async () => {
        const { keys } = (await (await fetch(`${echo.cloud.url}/oauth2/v3/certs`)).json()) as {
          keys: { kid: string }[];
        };
        return keys.map(({ kid }) => kid);
      };
      const before = await kids();
      expect(before).toHaveLength(2);
      const old = await echo.cloud.idToken('user-profiles', url);
      await echo.cloud.rotateKeys();
      const fresh = await echo.cloud.idToken('user-profiles', url);
      expect(before).toContain(decodeProtectedHeader(fresh).kid);
      expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid);
      expect([await status(old), await status(fresh)]).toEqual([200, 200]);
      expect(await kids()).toHaveLength(3);
      await echo.cloud.rotateKeys({ withdraw: true });
      expect([await status(old), await status(fresh)]).toEqual([401, 401]);
      expect(echo.cloud.decisions.list().at(-1)).toMatchObject({ rule: 'unknown-key' });
      expect(await status(await echo.cloud.idToken('user-profiles', url))).toBe(200);
    },
  );
});

describe('a name that nobody has', () => {
  test('is told with those that there are: a promise rejects, what answers at once throws', async () => {
    await using echo = await echoCloud();
    const unknown = {
      code: 'UNKNOWN_PRINCIPAL',
      message: expect.stringContaining('"nobody"'),
      mend: expect.stringContaining('user-profiles'),
    };
    const { cloud } = echo;
    for (const asked of [() => cloud.idToken('nobody', 'https://a.example'), () => cloud.serviceAccountKey('nobody')])
      await expect(asked()).rejects.toMatchObject(unknown);
    for (const asked of [() => cloud.service('nobody'), () => cloud.env('nobody')])
      expect(asked).toThrow(expect.objectContaining(unknown));
  });
});

describe('faults', () => {
  test('the metadata server is slow, down, busy, or hands out bad tokens, on request alone', async () => {
    await using echo = await echoCloud();
    const { metadataHost } = echo.cloud.service('login').listed();
    const { url } = echo.cloud.service('user-profiles');
    const patch = async (change: object) => {
      const response = await fetch(`${echo.cloud.url}/run-edges/v1/faults`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${echo.cloud.developerToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(change),
      });
      return response.status;
    };
    const verdict = async () => {
      const token = await (await identityOf(metadataHost, url)).text();
      await rawRequest(`${url}/x`, ['Authorization', `Bearer ${token}`]);
      return echo.cloud.decisions.list().at(-1)?.rule;
    };
    expect(await verdict()).toBe('invoker');
    expect(await patch({ metadataStatus: 503 })).toBe(200);
    expect((await identityOf(metadataHost, url)).status).toBe(503);
    expect(await patch({ metadataStatus: 0, metadataDown: true })).toBe(200);
    await expect(identityOf(metadataHost, url)).rejects.toThrow();
    await patch({ metadataDown: false, expiredTokens: true });
    expect(await verdict()).toBe('expired');
    await patch({ expiredTokens: false, wrongAudience: true });
    expect(await verdict()).toBe('wrong-audience');
    await patch({ wrongAudience: false, clockSkew: 600 });
    expect(await verdict()).toBe('not-yet-valid');
    await patch({ clockSkew: 0, certsDown: true });
    expect((await fetch(`${echo.cloud.url}/oauth2/v3/certs`)).status).toBe(503);
    expect(await verdict()).toBe('invoker');
    expect(await patch({ certsDown: false, nonsense: 1 })).toBe(400);
    expect(echo.cloud.faults.active()).toEqual(['certsDown=true']);
  });

  verifies('iam:propagation', 'granting and revoking alike, when it is asked for', async () => {
    await using echo = await echoCloud({ faults: { policyDelay: 120 } });
    const { url } = echo.cloud.service('search');
    const status = async () =>
      (await rawRequest(`${url}/x`, ['Authorization', `Bearer ${await echo.cloud.idToken('login', url)}`])).status;
    const member = 'serviceAccount:login-run@run-edges-local.iam.gserviceaccount.com';
    echo.cloud.policies.grant('services/search', 'roles/run.invoker', member);
    expect(await status()).toBe(403);
    echo.pass(120);
    expect(await status()).toBe(200);
    echo.cloud.policies.revoke('services/search', 'roles/run.invoker', member);
    expect(await status()).toBe(200);
    echo.pass(120);
    expect(await status()).toBe(403);
  });
});

describe('state', () => {
  const edges = (calls: string) =>
    parseDeclaration(`services: { login: { public: true, calls: [${calls}] }, search: {} }`, 'edges.yaml');
  const start = (stateDir: string, calls = '') =>
    startEmulator({
      edges: edges(calls),
      stateDir,
      fronts: { login: 'http://127.0.0.1:9', search: 'http://127.0.0.1:9' },
    });
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'run-edges-state-'));
    onTestFinished(() => rmSync(made, { recursive: true, force: true }));
    return made;
  };
  const member = 'serviceAccount:login-run@run-edges-local.iam.gserviceaccount.com';

  test('keys, key files and changed policies survive a restart, in a file that only its owner reads', async () => {
    const stateDir = folder();
    const first = await start(stateDir);
    const token = await first.idToken('login', 'https://a.example');
    const key = await first.serviceAccountKey('search');
    first.policies.grant('services/search', 'roles/run.invoker', member);
    await first.stop();
    expect(statSync(join(stateDir, 'emulator.json')).mode & 0o777).toBe(0o600);

    await using second = await start(stateDir);
    const jwks = (await (await fetch(`${second.url}/oauth2/v3/certs`)).json()) as { keys: { kid: string }[] };
    expect(jwks.keys.map(({ kid }) => kid)).toContain(decodeProtectedHeader(token).kid);
    expect(second.policies.read('services/search').bindings).toEqual([
      { role: 'roles/run.invoker', members: [member] },
    ]);
    expect(readFileSync(join(stateDir, 'emulator.json'), 'utf8')).not.toContain(key.private_key.split('\n')[2]);
    expect(decodeJwt(await second.idToken('login', 'https://a.example')).sub).toBe(decodeJwt(token).sub);
  });

  test('a declaration that was changed meanwhile wins over a policy that was changed by hand', async () => {
    const stateDir = folder();
    const first = await start(stateDir);
    first.policies.grant('services/search', 'roles/run.invoker', 'allUsers');
    await first.stop();
    await using second = await start(stateDir, 'search');
    expect(second.policies.read('services/search').bindings).toEqual([
      { role: 'roles/run.invoker', members: [member] },
    ]);
  });

  test.each([
    '',
    '{',
    '[]',
    '{"version":2}',
    '{"version":1,"keys":{"signing":{},"next":{}},"accountKeys":[],"policies":[]}',
  ])('a damaged file is told with its name, and left alone: %s', async (text) => {
    const stateDir = folder();
    const file = join(stateDir, 'emulator.json');
    writeFileSync(file, text);
    await expect(start(stateDir)).rejects.toMatchObject({
      code: 'STATE_INVALID',
      message: expect.stringContaining(file),
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
