import { describe, expect, test } from 'vitest';
import { checkVerifierOptions, type SignatureOptions, type VerifierOptions } from './options.ts';
import { cloudScheduler, cloudTasks, eventarc, pubsubPush, type SenderOptions } from './presets.ts';
import { createVerifier } from './verifier.ts';

const good: SignatureOptions = { mode: 'signature', audience: 'https://a.example', allowedCallers: null };

describe('the options of a verifier', () => {
  test('are complete with these defaults', () => {
    const settings = checkVerifierOptions(good);
    expect(settings).toMatchObject({ header: 'authorization', isPublic: false, clockTolerance: 60, cacheSize: 1_000 });
    expect(String(settings.keys)).toBe('https://www.googleapis.com/oauth2/v3/certs');
    expect(checkVerifierOptions({ mode: 'cloud-run', audience: null, allowedCallers: null }).header).toBe('front-end');
  });

  test('say what is accepted: null is anything, one audience a set of one', () => {
    const allowedCallers = ['a@demo.example', 'b@demo.example'];
    const settings = checkVerifierOptions({ ...good, allowedCallers });
    expect(settings).toMatchObject({
      audiences: new Set(['https://a.example']),
      allowedCallers: new Set(allowedCallers),
    });
    expect(checkVerifierOptions({ ...good, audience: null })).toMatchObject({ audiences: null, allowedCallers: null });
    const audience = ['https://a.example', 'https://b.example'];
    expect(checkVerifierOptions({ ...good, audience }).audiences).toEqual(new Set(audience));
  });

  test('take keys as a copy', () => {
    const key = { kty: 'RSA', kid: 'one' };
    const { keys } = checkVerifierOptions({ ...good, jwks: { keys: [key] } });
    key.kid = 'two';
    expect(keys).toEqual({ keys: [{ kty: 'RSA', kid: 'one' }] });
  });

  test.each([
    [{ clockTolerance: 301 }, /clockTolerance must be .*seconds/],
    [{ cacheSize: -1 }, /cacheSize must be .*tokens/],
  ])('are counted in what is said: %j', (wrong, said) => {
    expect(() => checkVerifierOptions({ ...good, ...wrong })).toThrow(said);
  });

  test.each([
    ['mode', { mode: undefined }],
    ['mode', { mode: 'none' }],
    ['audience', { audience: undefined }],
    ['audience', { audience: [] }],
    ['audience', { audience: '' }],
    ['audience', { audience: [7] }],
    ['audience', { audience: ' https://a.example' }],
    ['allowedCallers', { allowedCallers: undefined }],
    ['allowedCallers', { allowedCallers: [''] }],
    ['allowedCallers', { allowedCallers: ['serviceAccount:push@demo.iam.gserviceaccount.com'] }],
    ['allowedCallers', { allowedCallers: ['user:someone@example.com'] }],
    ['allowedCallers', { allowedCallers: ['projects/-/serviceAccounts/push@demo.iam.gserviceaccount.com'] }],
    ['allowedCallers', { allowedCallers: ['"push@demo.iam.gserviceaccount.com"'] }],
    ['allowedCallers', { allowedCallers: ['push@demo.iam.gserviceaccount.com,pull@demo.iam.gserviceaccount.com'] }],
    ['allowedCallers', { allowedCallers: ['push-run'] }],
    ['allowedCallers', { allowedCallers: ['a@b.example\u00a0'] }],
    ['header', { header: 'x-authorization' }],
    ['public', { public: 'no' }],
    ["use 'signature'", { mode: 'cloud-run', public: true }],
    ['header cannot be chosen', { mode: 'cloud-run', header: 'authorization' }],
    ['header cannot be chosen', { mode: 'cloud-run', header: 'x-serverless-authorization' }],
    ['clockTolerance', { clockTolerance: 301 }],
    ['clockTolerance', { clockTolerance: Number.NaN }],
    ['cacheSize', { cacheSize: -1 }],
    ['cacheSize', { cacheSize: 1.5 }],
    ['audiences is not an option', { audiences: 'x' }],
    ['jwks', { jwks: { keys: [] } }],
    ['jwks', { jwks: { keys: ['x'] } }],
    ['jwks', { jwks: { keys: [{}, 'x'] } }],
    ['jwks and jwksUri', { jwks: { keys: [{}] }, jwksUri: 'https://a.example' }],
  ])('are refused by name: %s %j', (name, wrong) => {
    const options = { ...good, ...wrong } as VerifierOptions;
    expect(() => checkVerifierOptions(options)).toThrow(expect.objectContaining({ code: 'RUN_AUTH_OPTION_INVALID' }));
    expect(() => checkVerifierOptions(options)).toThrow(name);
  });

  test.each([
    ['serviceAccount:a@demo.iam.gserviceaccount.com', 'without what stands before it'],
    ['user:ada@example.com', 'without what stands before it'],
    ['group:team@example.com', 'no token says who belongs to it'],
    ['domain:example.com', 'no token says who belongs to it'],
    ['projectOwner:demo', 'no token says what roles'],
    ['principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s', 'no ID token'],
    ['principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*', 'no ID token'],
    ['allUsers', '`allowedCallers: null`'],
    ['*', '`allowedCallers: null`'],
    ['allAuthenticatedUsers', '`allowedCallers: null`'],
    ['deleted:serviceAccount:a@demo.iam.gserviceaccount.com?uid=1', 'was deleted'],
    ['projects/-/serviceAccounts/a@demo.iam.gserviceaccount.com', 'the e-mail address alone'],
    ['123456789012345678901', 'compared by their e-mail address'],
  ])('a caller who is none says why: %s', (caller, why) => {
    for (const allowedCallers of [[caller], ['a@demo.example', caller], [`${caller}\n`]])
      expect(() => checkVerifierOptions({ ...good, allowedCallers })).toThrow(why);
    const wrong = { ...good, allowedCallers: ['no address', 7, Object.create(null)] } as never;
    expect(() => checkVerifierOptions(wrong)).toThrow(/not empty; or null to accept any\. Correct/);
  });

  test('keys come over https, from loopback, or from a host that is named', () => {
    const at = (jwksUri: string, plainHttpHosts: string[] = []): unknown =>
      checkVerifierOptions({ ...good, jwksUri, plainHttpHosts });
    expect(() => at('http://google:8080/certs')).toThrow(expect.objectContaining({ code: 'RUN_AUTH_URL_INSECURE' }));
    expect(() => at('file:///certs')).toThrow(expect.objectContaining({ code: 'RUN_AUTH_URL_INVALID' }));
    at('http://google:8080/certs', ['google']);
    at('http://127.0.0.1:8080/certs');
  });
});

describe('the presets for senders', () => {
  const sender: SenderOptions = {
    mode: 'cloud-run',
    serviceAccount: 'push@demo.iam.gserviceaccount.com',
    audience: 'https://worker.example/push',
  };

  test.each([pubsubPush, cloudTasks, cloudScheduler, eventarc])('%o checks audience and service account', (preset) => {
    expect(preset({ ...sender, clockTolerance: 0 })).toEqual({
      mode: 'cloud-run',
      audience: 'https://worker.example/push',
      allowedCallers: ['push@demo.iam.gserviceaccount.com'],
      clockTolerance: 0,
    });
    checkVerifierOptions(preset(sender));
  });

  test.each([pubsubPush, cloudTasks, cloudScheduler, eventarc])(
    '%o takes a URL with a query where the service is public',
    (preset) => {
      const audience = 'https://worker.example/_ah/push?token=s3cret&x=1';
      const options: SenderOptions = { ...sender, mode: 'signature', public: true, audience };
      expect(preset(options)).toMatchObject({ audience, public: true });
      for (const where of [{ public: false }, { public: undefined }, { mode: 'cloud-run', public: undefined }] as const)
        expect(() => preset({ ...options, ...where } as SenderOptions)).toThrow('say public: true');
    },
  );

  test.each([
    { serviceAccount: 'someone@example.com' },
    { serviceAccount: 'serviceAccount:a push@demo.iam.gserviceaccount.com' },
    { serviceAccount: '@push@demo.iam.gserviceaccount.com' },
    { serviceAccount: undefined },
    { audience: null },
    { audience: '' },
    { audience: 'https://worker.example/task?id=1' },
    { header: 'authorization' },
    { public: true },
  ])('refuse %j', (wrong) => {
    expect(() => createVerifier(cloudTasks({ ...sender, ...wrong } as SenderOptions))).toThrow(
      expect.objectContaining({ code: 'RUN_AUTH_OPTION_INVALID' }),
    );
  });
});
