import { generateKeyPairSync } from 'node:crypto';
import { createServiceClient, type TokenSource } from '@run-edges/auth/outbound';
import type { FaultSettings } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { externalAccount } from './identities.ts';
import { DEVELOPER, type Env, type Options, Setting } from './setting.ts';

let here: Setting;
beforeAll(async () => {
  here = await Setting.start();
});
afterAll(() => here[Symbol.asyncDispose]());

describe('what goes wrong has a code of its own', () => {
  const expectRefused = async (env: Env, options: Options, code: string, text = '') => {
    const before = here.google.reached('user-profiles');
    const [refused] = await here.callFrom(env, options, 'user-profiles');
    expect(refused).toMatchObject({ name: 'TokenError', code, message: expect.stringContaining(text) });
    expect(here.google.reached('user-profiles')).toBe(before);
  };

  test.each<[Partial<FaultSettings>, string]>([
    [{ metadataDown: true }, 'RUN_AUTH_METADATA_UNREACHABLE'],
    [{ metadataStatus: 503 }, 'RUN_AUTH_METADATA_UNREACHABLE'],
    [{ metadataStatus: 404 }, 'RUN_AUTH_METADATA_REFUSED'],
    [{ wrongAudience: true }, 'RUN_AUTH_TOKEN_UNUSABLE'],
    [{ expiredTokens: true }, 'RUN_AUTH_TOKEN_UNUSABLE'],
  ])('a metadata server with %o: %s', (faults, code) =>
    here.withFaults(faults, () => expectRefused(here.google.cloud.env('login'), {}, code)),
  );

  test('no credentials anywhere', () =>
    expectRefused(here.laptop.env(), {}, 'RUN_AUTH_NO_CREDENTIALS', 'run-edges up'));

  test('a key that Google does not know, or no longer', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const deleted = {
      ...(await here.google.cloud.serviceAccountKey('stranger')),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    };
    await expectRefused(
      here.laptop.env(deleted),
      { endpoints: here.endpoints },
      'RUN_AUTH_KEY_REFUSED',
      'Invalid JWT Signature.',
    );
  });

  test('an account to impersonate that does not exist', () =>
    expectRefused(
      here.google.cloud.env('stranger'),
      { ...here.asLogin, impersonate: 'nobody@run-edges-local.iam.gserviceaccount.com' },
      'RUN_AUTH_SERVICE_ACCOUNT_UNKNOWN',
    ));

  test("a person's login, which has no audience but gcloud's", async () =>
    expectRefused(
      here.laptop.env(await here.google.cloud.userCredentials(DEVELOPER)),
      { endpoints: here.endpoints },
      'RUN_AUTH_USER_CREDENTIALS',
      'gcloud auth application-default login --impersonate-service-account=',
    ));

  test("a person's login that was revoked", async () => {
    const user = await here.google.cloud.userCredentials(DEVELOPER);
    const revoked = { ...user, refresh_token: `${user.refresh_token}x` };
    await expectRefused(here.laptop.env(revoked), here.asLogin, 'RUN_AUTH_TOKEN_FETCH_FAILED', 'invalid_grant');
  });

  test('a subject token that is stale, or of another issuer', async () => {
    const past = Math.floor(Date.now() / 1000) - 3600;
    const refusals = [
      { claims: { iat: past, exp: past + 600 }, text: 'stale to sign-in' },
      { claims: { iss: 'https://evil.example' }, text: 'issuer' },
      { claims: { aud: 'somebody-else' }, text: 'audience' },
    ];
    for (const { claims, text } of refusals)
      await here.withGrants(here.federation, async () =>
        expectRefused(
          here.external({ file: await here.tokenFile(claims) }),
          { endpoints: here.endpoints },
          'RUN_AUTH_FEDERATION_REFUSED',
          text,
        ),
      );
  });

  test('a federated principal that is no service account', async () =>
    expectRefused(
      here.laptop.env(externalAccount(here.google.cloud, { file: await here.tokenFile() })),
      { endpoints: here.endpoints },
      'RUN_AUTH_FEDERATED_WITHOUT_SERVICE_ACCOUNT',
    ));

  test('an executable that nobody has allowed', async () =>
    expectRefused(
      here.external({ executable: { command: await here.executable() } }),
      { endpoints: here.endpoints },
      'RUN_AUTH_TOKEN_FETCH_FAILED',
      'GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES',
    ));
});

describe('the front end answers, and not the application', () => {
  const source: TokenSource = {
    identity: 'login by hand',
    fetchIdToken: (audience) => here.google.cloud.idToken('login', audience),
  };

  test('401 for another audience', async () => {
    expect(await here.callWith(source, 'user-profiles', { audience: 'https://elsewhere.example' })).toMatchObject({
      code: 'RUN_AUTH_FRONT_END_UNAUTHORIZED',
      status: 401,
      audience: 'https://elsewhere.example',
    });
  });

  test('404 for the path that it keeps for itself; a 404 of the application is a response', async () => {
    expect(await here.callWith(source, 'user-profiles', { path: '/healthz' })).toMatchObject({
      code: 'RUN_AUTH_FRONT_END_NOT_FOUND',
      status: 404,
    });
    const own = await here.callWith(source, 'user-profiles', { path: '/missing' });
    expect(own).not.toHaveProperty('code');
    expect(own).toMatchObject({ status: 404, body: expect.stringContaining('"service":"user-profiles"') });
  });

  test("a person's own Authorization goes on to the application", async () => {
    const { url } = here.google.cloud.service('user-profiles');
    const response = await createServiceClient({ url, source }).fetch('/', {
      headers: { authorization: 'Bearer ada' },
    });
    expect(await response.json()).toMatchObject({ caller: here.google.emailOf('login'), authorization: 'Bearer ada' });
  });
});
