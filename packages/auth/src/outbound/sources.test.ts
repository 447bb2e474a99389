import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AuthClient,
  Compute,
  ExternalAccountClient,
  GoogleAuth,
  Impersonated,
  OAuth2Client,
  PassThroughClient,
} from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Alone, PRIVATE_KEY, startAlone } from '../testing/alone.ts';
import { json, type LocalGoogle } from '../testing/google.ts';
import { createServiceClient } from './service-client.ts';
import { applicationDefault, authClient, metadataServer, type SourceOptions, serviceAccountKey } from './sources.ts';

const AUDIENCE = 'https://search.example';
const TARGET = 'target-run@demo.iam.gserviceaccount.com';

let alone: Alone;
let google: LocalGoogle;
let home: string;

beforeEach(async () => {
  alone = await startAlone();
  ({ google, home } = alone);
  // A gcloud that leaves a trace: nothing here may start it.
  writeFileSync(join(home, 'gcloud'), `#!/bin/sh\ntouch "${join(home, 'gcloud-was-started')}"\n`);
  chmodSync(join(home, 'gcloud'), 0o755);
  vi.stubEnv('PATH', `${home}:${process.env.PATH}`);
});
afterEach(async () => {
  expect(existsSync(join(home, 'gcloud-was-started'))).toBe(false);
  await alone[Symbol.asyncDispose]();
});

const endpoints = (): SourceOptions => ({
  endpoints: { token: `${google.origin}/token`, iamCredentials: google.origin },
});
const credentialFile = (content: unknown): void => alone.credentialFile(content);
const audienceOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).aud;
const lastBody = (path: string): string =>
  google.requests.findLast(({ url }) => url.pathname.endsWith(path))?.body ?? '';
const bearerAt = (path: string): string | undefined =>
  google.requests.findLast(({ url }) => url.pathname.endsWith(path))?.headers.authorization;
const USER = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };
const KEY = {
  type: 'service_account',
  client_email: 'key@demo.iam.gserviceaccount.com',
  private_key: PRIVATE_KEY,
  private_key_id: 'kid',
};

describe('the metadata server', () => {
  test('is found, and asked for the audience in full format', async () => {
    expect(audienceOf(await applicationDefault().fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    const { url, headers } = google.requests.at(-1) ?? {};
    expect(url?.search).toBe(`?format=full&audience=${AUDIENCE}`);
    expect(headers?.['metadata-flavor']).toBe('Google');
  });

  test('is not probed when it is named as the source', async () => {
    await metadataServer().fetchIdToken(AUDIENCE);
    expect(google.requests).toHaveLength(1);
    await metadataServer({ serviceAccount: TARGET }).fetchIdToken(AUDIENCE);
    expect(google.requests.at(-1)?.url.pathname).toContain(`/service-accounts/${TARGET}/identity`);
  });

  test('gives the access token that impersonation needs', async () => {
    const source = applicationDefault({
      ...endpoints(),
      impersonate: TARGET,
      delegates: ['hop@demo.iam.gserviceaccount.com'],
    });
    expect(audienceOf(await source.fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    expect(bearerAt(':generateIdToken')).toBe('Bearer metadata-access-token');
    expect(JSON.parse(lastBody(':generateIdToken'))).toEqual({
      audience: AUDIENCE,
      includeEmail: true,
      delegates: ['projects/-/serviceAccounts/hop@demo.iam.gserviceaccount.com'],
    });
  });

  test.each([
    [404, 'RUN_AUTH_METADATA_REFUSED'],
    [403, 'RUN_AUTH_METADATA_REFUSED'],
  ])('that answers %i: %s', async (status, code) => {
    google.faults.set('/identity', (_request, response) =>
      response.writeHead(status, { 'metadata-flavor': 'Google' }).end('no'),
    );
    await expect(metadataServer().fetchIdToken(AUDIENCE)).rejects.toMatchObject({ code, audience: AUDIENCE });
  });

  test('that is no metadata server, or not there at all', async () => {
    google.faults.set('/identity', (_request, response) => response.end('hello'));
    await expect(metadataServer().fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_METADATA_UNREACHABLE',
    });
    vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:1');
    await expect(metadataServer().fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_METADATA_UNREACHABLE',
    });
  });

  test('that comes up later is found at the next attempt', async () => {
    google.faults.set('/computeMetadata', (_request, response) => response.writeHead(404).end());
    const source = applicationDefault();
    await expect(source.fetchIdToken(AUDIENCE)).rejects.toMatchObject({ code: 'RUN_AUTH_NO_CREDENTIALS' });
    google.faults.clear();
    expect(audienceOf(await source.fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
  });
});

describe('through a client', () => {
  const call = (): Promise<void> => createServiceClient({ url: 'https://search.example' }).prefetch();

  test('a thousand first calls at once make one request to the metadata server', async () => {
    await Promise.all(Array.from({ length: 1_000 }, call));
    expect(google.count('/identity')).toBe(1);
  });

  test('an outage of the metadata server that the token outlives is not noticed', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await call();
    google.faults.set('/identity', (_request, response) => response.destroy());
    const client = createServiceClient({ url: 'https://search.example' });
    const dispatch = client.interceptor(() => true);
    const failed: unknown[] = [];
    const handler = { onResponseError: (_controller: unknown, error: Error) => void failed.push(error) };
    vi.setSystemTime(Date.now() + 56 * 60_000);
    for (let second = 0; second < 30; second += 1) {
      vi.setSystemTime(Date.now() + 1_000);
      dispatch({ origin: 'https://search.example', path: '/', method: 'GET' }, handler);
    }
    await vi.waitFor(() => expect(google.count('/identity')).toBeGreaterThan(1));
    expect(failed).toEqual([]);
    vi.useRealTimers();
  });
});

describe("a person's login", () => {
  beforeEach(() => credentialFile(USER));

  test('cannot mint an audience, and says which command helps', async () => {
    vi.stubEnv('GCE_METADATA_HOST', undefined);
    await expect(applicationDefault().fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_USER_CREDENTIALS',
      mend: expect.stringContaining('gcloud auth application-default login --impersonate-service-account='),
    });
    expect(google.requests).toHaveLength(0);
  });

  test('just works with a service account to impersonate', async () => {
    const source = applicationDefault({ ...endpoints(), impersonate: TARGET });
    expect(audienceOf(await source.fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    expect(bearerAt(':generateIdToken')).toBe('Bearer user-access-token');
    expect(google.requests.at(-1)?.url.pathname).toBe(
      `/v1/projects/-/serviceAccounts/${encodeURIComponent(TARGET)}:generateIdToken`,
    );
  });

  test('gives way to a metadata server that is named on purpose', async () => {
    expect(audienceOf(await applicationDefault().fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    expect(google.count('/identity')).toBe(1);
    vi.stubEnv('GCE_METADATA_HOST', undefined);
    vi.stubEnv('GCE_METADATA_IP', google.host);
    expect(audienceOf(await applicationDefault().fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
  });

  test('that impersonates by its file works too, with its own endpoint or another', async () => {
    credentialFile({
      type: 'impersonated_service_account',
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
      source_credentials: USER,
    });
    expect(audienceOf(await applicationDefault(endpoints()).fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    expect(bearerAt(':generateIdToken')).toBe('Bearer user-access-token');
    expect(google.requests.at(-1)?.url.pathname).toContain(TARGET);
  });
});

describe('impersonation', () => {
  const source = () => applicationDefault({ ...endpoints(), impersonate: TARGET });

  test('that is not permitted names the account and the role', async () => {
    google.faults.set(':generateIdToken', (_request, response) =>
      json(response, 403, {
        error: {
          code: 403,
          message: "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist).",
          status: 'PERMISSION_DENIED',
        },
      }),
    );
    await expect(source().fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_IMPERSONATION_DENIED',
      mend: `Run \`gcloud iam service-accounts add-iam-policy-binding ${TARGET} --member=MEMBER --role=roles/iam.serviceAccountOpenIdTokenCreator\`.`,
    });
  });

  test('that is not permitted to a delegate names the delegate, if there is one, and the role', async () => {
    google.faults.set(':generateIdToken', (_request, response) =>
      json(response, 403, {
        error: {
          code: 403,
          message: "Permission 'iam.serviceAccounts.implicitDelegation' denied on resource (or it may not exist).",
          status: 'PERMISSION_DENIED',
        },
      }),
    );
    const through = (...delegates: string[]) =>
      applicationDefault({ ...endpoints(), impersonate: TARGET, delegates }).fetchIdToken(AUDIENCE);
    const role = '--member=MEMBER --role=roles/iam.serviceAccountTokenCreator`.';
    await expect(through('one@demo')).rejects.toMatchObject({
      code: 'RUN_AUTH_IMPERSONATION_DENIED',
      mend: `Run \`gcloud iam service-accounts add-iam-policy-binding one@demo ${role}`,
    });
    const binding = '`gcloud iam service-accounts add-iam-policy-binding';
    const grants = [
      `${binding} one@demo --member=MEMBER --role=roles/iam.serviceAccountTokenCreator\``,
      `${binding} two@demo --member=serviceAccount:one@demo --role=roles/iam.serviceAccountTokenCreator\``,
    ];
    await expect(through('one@demo', 'two@demo')).rejects.toMatchObject({
      mend: `Of these, run what is missing: ${grants.join(', ')}.`,
    });
  });

  test('names the account of a credential file, too', async () => {
    google.faults.set(':generateIdToken', (_request, response) =>
      json(response, 403, { error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } }),
    );
    credentialFile({
      type: 'impersonated_service_account',
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
      source_credentials: USER,
    });
    await expect(applicationDefault(endpoints()).fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_IMPERSONATION_DENIED',
      mend: expect.stringContaining(TARGET),
    });
  });

  test.each([
    [401, 'RUN_AUTH_IMPERSONATION_DENIED'],
    [404, 'RUN_AUTH_SERVICE_ACCOUNT_UNKNOWN'],
    [400, 'RUN_AUTH_TOKEN_FETCH_FAILED'],
  ])('answered %i: %s', async (status, code) => {
    google.faults.set(':generateIdToken', (_request, response) =>
      json(response, status, { error: { code: status, message: 'no', status: 'X' } }),
    );
    await expect(source().fetchIdToken(AUDIENCE)).rejects.toMatchObject({ code });
  });

  test('answered without a token gives none', async () => {
    google.faults.set(':generateIdToken', (_request, response) => json(response, 200, {}));
    await expect(source().fetchIdToken(AUDIENCE)).resolves.toBe('');
  });
});

describe('a service account key', () => {
  test('as a file is exchanged for the ID token', async () => {
    credentialFile(KEY);
    expect(audienceOf(await applicationDefault(endpoints()).fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    const assertion = new URLSearchParams(lastBody('/token')).get('assertion') ?? '';
    const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({
      iss: KEY.client_email,
      target_audience: AUDIENCE,
      aud: 'https://oauth2.googleapis.com/token',
    });
    expect(claims).not.toHaveProperty('scope');
  });

  test('as an object, too, also as the source of impersonation', async () => {
    expect(audienceOf(await serviceAccountKey(KEY, endpoints()).fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    const { private_key_id: _, ...anonymous } = KEY;
    await serviceAccountKey(anonymous, { ...endpoints(), impersonate: TARGET }).fetchIdToken(AUDIENCE);
    expect(bearerAt(':generateIdToken')).toBe('Bearer key-access-token');
  });

  test('that Google refuses', async () => {
    google.faults.set('/token', (_request, response) =>
      json(response, 400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }),
    );
    await expect(serviceAccountKey(KEY, endpoints()).fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_KEY_REFUSED',
      message: expect.stringContaining('Invalid JWT Signature.'),
    });
  });

  test('that is no key', () => {
    expect(() => serviceAccountKey({ client_email: 'x' } as never)).toThrow(
      expect.objectContaining({ code: 'RUN_AUTH_OPTION_INVALID' }),
    );
    expect(() => serviceAccountKey({ private_key: 'x' } as never)).toThrow(
      expect.objectContaining({ code: 'RUN_AUTH_OPTION_INVALID' }),
    );
  });
});

describe('an external account', () => {
  const external = (source: unknown, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${google.origin}/v1/token`,
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
    credential_source: source,
    ...more,
  });
  const subjectToken = (): string | null => new URLSearchParams(lastBody('/v1/token')).get('subject_token');
  const expectFederated = async (token: string, subject: string): Promise<void> => {
    expect(audienceOf(token)).toBe(AUDIENCE);
    expect(subjectToken()).toBe(subject);
    expect(bearerAt(':generateIdToken')).toBe('Bearer federated-access-token');
    expect(google.count(':generateAccessToken')).toBe(0);
  };

  test('with a file', async () => {
    writeFileSync(join(home, 'subject'), 'from-file');
    credentialFile(external({ file: join(home, 'subject') }));
    await expectFederated(await applicationDefault(endpoints()).fetchIdToken(AUDIENCE), 'from-file');
  });

  test('with a URL', async () => {
    google.faults.set('/subject', (_request, response) => json(response, 200, { token: 'from-url' }));
    credentialFile(
      external({ url: `${google.origin}/subject`, format: { type: 'json', subject_token_field_name: 'token' } }),
    );
    await expectFederated(await applicationDefault(endpoints()).fetchIdToken(AUDIENCE), 'from-url');
  });

  test('with an executable', async () => {
    const answer = {
      version: 1,
      success: true,
      token_type: 'urn:ietf:params:oauth:token-type:id_token',
      id_token: 'from-executable',
      expiration_time: 9_999_999_999,
    };
    const command = join(home, 'subject.sh');
    writeFileSync(command, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
    chmodSync(command, 0o755);
    vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1');
    credentialFile(external({ executable: { command } }));
    await expectFederated(await applicationDefault(endpoints()).fetchIdToken(AUDIENCE), 'from-executable');
  });

  test('acts as the account of the option, without one in the file', async () => {
    writeFileSync(join(home, 'subject'), 'from-file');
    credentialFile(external({ file: join(home, 'subject') }, { service_account_impersonation_url: undefined }));
    await expect(applicationDefault(endpoints()).fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_FEDERATED_WITHOUT_SERVICE_ACCOUNT',
    });
    await expectFederated(
      await applicationDefault({ ...endpoints(), impersonate: TARGET }).fetchIdToken(AUDIENCE),
      'from-file',
    );
  });

  test('that the Security Token Service refuses', async () => {
    writeFileSync(join(home, 'subject'), 'from-file');
    credentialFile(external({ file: join(home, 'subject') }));
    google.faults.set('/v1/token', (_request, response) =>
      json(response, 400, { error: 'invalid_target', error_description: 'no such pool' }),
    );
    await expect(applicationDefault(endpoints()).fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_FEDERATION_REFUSED',
      message: expect.stringContaining('no such pool'),
    });
  });

  test('as a client made by hand', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    writeFileSync(join(home, 'subject'), 'from-file');
    const federated = ExternalAccountClient.fromJSON(
      external({ file: join(home, 'subject') }, { service_account_impersonation_url: undefined }) as never,
    );
    await expect(authClient(federated as AuthClient).fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_FEDERATED_WITHOUT_SERVICE_ACCOUNT',
    });
    const own = ExternalAccountClient.fromJSON(external({ file: join(home, 'subject') }) as never);
    google.faults.set(':generateAccessToken', (_request, response) =>
      json(response, 200, {
        accessToken: 'account-access-token',
        expireTime: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    );
    expect(audienceOf(await authClient(own as AuthClient, endpoints()).fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    expect(bearerAt(':generateIdToken')).toBe('Bearer account-access-token');
  });
});

describe('clients made by hand', () => {
  test('are used as they are', async () => {
    expect(audienceOf(await authClient(new Compute()).fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
    vi.spyOn(console, 'warn').mockReturnValue();
    const impersonated = new Impersonated({
      sourceClient: new Compute(),
      targetPrincipal: TARGET,
      endpoint: google.origin,
    });
    expect(audienceOf(await authClient(impersonated).fetchIdToken(AUDIENCE))).toBe(AUDIENCE);
  });

  test('that have no ID tokens are refused by name', async () => {
    for (const client of [new PassThroughClient(), Object.assign(new OAuth2Client(), { fetchIdToken: 'none' })])
      await expect(authClient(client as AuthClient).fetchIdToken(AUDIENCE)).rejects.toMatchObject({
        code: 'RUN_AUTH_CREDENTIALS_UNSUPPORTED',
        message: expect.stringContaining(client.constructor.name),
      });
  });

  test('that throw what is no error', async () => {
    const client = Object.assign(new OAuth2Client(), { fetchIdToken: () => Promise.reject('no') });
    await expect(authClient(client).fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_TOKEN_FETCH_FAILED',
    });
  });
});

describe('a credential file', () => {
  test.each([
    ['that does not exist', undefined],
    ['that is no JSON', '{'],
    ['of an unknown shape', { type: 'impersonated_service_account' }],
  ])('%s is told, with its path', async (_what, content) => {
    if (content === undefined) vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(home, 'nothing.json'));
    else credentialFile(content);
    await expect(applicationDefault().fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_NO_CREDENTIALS',
      message: expect.stringContaining('GOOGLE_APPLICATION_CREDENTIALS'),
    });
  });

  test('search that fails with what is no error', async () => {
    vi.spyOn(GoogleAuth.prototype, 'getClient').mockRejectedValue('no');
    await expect(applicationDefault().fetchIdToken(AUDIENCE)).rejects.toMatchObject({
      code: 'RUN_AUTH_NO_CREDENTIALS',
    });
  });
});

describe('identities', () => {
  test('are equal for equal sources, and differ with environment, account and endpoint', () => {
    const { identity } = applicationDefault();
    expect(applicationDefault().identity).toBe(identity);
    expect(applicationDefault({ impersonate: TARGET }).identity).not.toBe(identity);
    expect(applicationDefault(endpoints()).identity).not.toBe(identity);
    vi.stubEnv('GCE_METADATA_HOST', 'elsewhere');
    expect(applicationDefault().identity).not.toBe(identity);
    const client = new Compute();
    expect(authClient(client).identity).toBe(authClient(client).identity);
    expect(authClient(client).identity).not.toBe(authClient(new Compute()).identity);
    expect(serviceAccountKey(KEY).identity).not.toContain('PRIVATE');
  });
});

describe('options', () => {
  test.each<[string, SourceOptions]>([
    ['RUN_AUTH_OPTION_INVALID', { delegates: ['x@demo'] }],
    ['RUN_AUTH_OPTION_INVALID', { endpoints: { sts: 'https://sts.example' } as never }],
    ['RUN_AUTH_URL_INSECURE', { endpoints: { token: 'http://google.example/token' } }],
    ['RUN_AUTH_URL_INSECURE', { endpoints: { iamCredentials: 'http://10.0.0.1' } }],
    ['RUN_AUTH_URL_INVALID', { endpoints: { iamCredentials: 'iam' } }],
  ])('%s: %j', (code, options) => {
    expect(() => applicationDefault(options)).toThrow(expect.objectContaining({ code }));
  });

  test('plain http endpoints are for named hosts', () => {
    applicationDefault({ endpoints: { iamCredentials: 'http://google:8080' }, plainHttpHosts: ['google'] });
  });
});
