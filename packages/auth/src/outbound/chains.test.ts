import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuthClient, ExternalAccountClient, Impersonated, JWT, UserRefreshClient } from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Alone, PRIVATE_KEY, startAlone } from '../testing/alone.ts';
import { json, type LocalGoogle, type SeenRequest } from '../testing/google.ts';
import { applicationDefault, authClient, type SourceOptions, serviceAccountKey } from './sources.ts';

/** Chains of identities: each one asks to be the next, and what it lacks is named. */

const AUDIENCE = 'https://search.example';
const POOL = 'projects/1/locations/global/workloadIdentityPools/pool';
const accountOf = (name: string): string => `${name}@demo.iam.gserviceaccount.com`;

let alone: Alone;
let google: LocalGoogle;
beforeEach(async () => {
  alone = await startAlone();
  ({ google } = alone);
  google.faults.set(':generateAccessToken', (request, response) =>
    json(response, 200, { accessToken: `token of ${named(request)}`, expireTime: '2100-01-01T00:00:00Z' }),
  );
});
afterEach(() => alone[Symbol.asyncDispose]());

const named = ({ url }: SeenRequest): string => /\/([^/@]+)(?:@|%40)[^/]*$/.exec(url.pathname)?.[1] ?? '';
const options = (more: SourceOptions = {}): SourceOptions => ({
  endpoints: { token: `${google.origin}/token`, iamCredentials: google.origin },
  ...more,
});

const urlOf = (name: string): string =>
  `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${accountOf(name)}:generateAccessToken`;
const key = (name: string) => ({ type: 'service_account', client_email: accountOf(name), private_key: PRIVATE_KEY });
const USER = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };
const impersonated = (name: string, source: object, delegates: string[] = []) => ({
  type: 'impersonated_service_account',
  service_account_impersonation_url: urlOf(name),
  source_credentials: source,
  delegates,
});
function external(name?: string, audience = `//iam.googleapis.com/${POOL}/providers/provider`): object {
  writeFileSync(join(alone.home, 'subject'), 'subject');
  return {
    type: 'external_account',
    audience,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${google.origin}/v1/token`,
    credential_source: { file: join(alone.home, 'subject') },
    ...(name !== undefined && { service_account_impersonation_url: urlOf(name) }),
  };
}

/** Who asked to be whom, of all that iamcredentials was asked. */
const hops = (): string[] =>
  google.requests.flatMap((request) => {
    const { pathname } = request.url;
    if (!/:generate/.test(pathname)) return [];
    const { delegates = [] } = JSON.parse(request.body);
    const through = delegates.map((one: string) => one.replace(/^.*\/|@.*$/g, ''));
    const by = String(request.headers.authorization).replace(/^Bearer (?:token of )?|-access-token$/g, '');
    return [[by, ...through, named(request)].join(' > ') + (pathname.includes('IdToken') ? '' : ' (access token)')];
  });
const fromFile = (file: object, more?: SourceOptions) => {
  alone.credentialFile(file);
  return applicationDefault(options(more));
};
const A = accountOf('a');
const B = accountOf('b');

describe('every link of a chain is asked for, and none besides', () => {
  test.each<[what: string, file: () => object, more: SourceOptions, hops: string[]]>([
    ['an external account for A', () => external('a'), {}, ['federated > a']],
    ['an external account for A that is to be A', () => external('a'), { impersonate: A }, ['federated > a']],
    [
      'an external account for A that is to be B',
      () => external('a'),
      { impersonate: B },
      ['federated > a (access token)', 'a > b'],
    ],
    [
      'an external account for A that is to be B by delegates',
      () => external('a'),
      { impersonate: B, delegates: [accountOf('d'), accountOf('e')] },
      ['federated > a (access token)', 'a > d > e > b'],
    ],
    ['an external account without an account that is to be B', () => external(), { impersonate: B }, ['federated > b']],
    [
      'a file for B by an external account for A',
      () => impersonated('b', external('a')),
      {},
      ['federated > a (access token)', 'a > b'],
    ],
    [
      'a file for B by an external account without an account',
      () => impersonated('b', external()),
      {},
      ['federated > b'],
    ],
    [
      'a file for B by delegates, as addresses and as names',
      () => impersonated('b', external('a'), [accountOf('d'), `projects/-/serviceAccounts/${accountOf('e')}`]),
      {},
      ['federated > a (access token)', 'a > d > e > b'],
    ],
    ['a file for B by a key of A', () => impersonated('b', key('a')), {}, ['key > b']],
    ['a file for B by a person', () => impersonated('b', USER), {}, ['user > b']],
    [
      'a file for B by a file for A by a key',
      () => impersonated('b', impersonated('a', key('k'))),
      {},
      ['key > a (access token)', 'a > b'],
    ],
    [
      'three files, and an option',
      () => impersonated('c', impersonated('b', impersonated('a', external('x')))),
      { impersonate: accountOf('d') },
      ['federated > x (access token)', 'x > a (access token)', 'a > b (access token)', 'b > c (access token)', 'c > d'],
    ],
    ['a file for B that is to be B', () => impersonated('b', USER), { impersonate: B }, ['user > b']],
    [
      'a file for B that is to be B by a delegate',
      () => impersonated('b', USER),
      { impersonate: B, delegates: [A] },
      ['user > b (access token)', 'b > a > b'],
    ],
    ['a key of A that is to be B', () => key('a'), { impersonate: B }, ['key > b']],
    ['a key of A that is to be A', () => key('a'), { impersonate: A }, []],
  ])('%s', async (_what, file, more, expected) => {
    const token = await fromFile(file(), more).fetchIdToken(AUDIENCE);
    expect(token.split('.')).toHaveLength(3);
    // An access token is asked for once more than it is used: the library looks whether it is there.
    expect([...new Set(hops())].sort()).toEqual([...expected].sort());
    expect(hops().at(-1)).toBe(expected.at(-1));
  });

  test('a key in hand, too', async () => {
    await serviceAccountKey(key('a'), options({ impersonate: A })).fetchIdToken(AUDIENCE);
    expect(hops()).toEqual([]);
    await serviceAccountKey(key('a'), options({ impersonate: B })).fetchIdToken(AUDIENCE);
    expect(hops()).toEqual(['key > b']);
  });

  test('a client made by hand, all of whose links use the given endpoints', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const sourceClient = new UserRefreshClient('c', 's', 'r');
    const inner = new Impersonated({ sourceClient, targetPrincipal: A, targetScopes: ['x'] });
    const outer = new Impersonated({ sourceClient: inner, targetPrincipal: B, targetScopes: ['x'] });
    await authClient(outer, options()).fetchIdToken(AUDIENCE);
    expect([...new Set(hops())]).toEqual(['user > a (access token)', 'a > b']);
  });
});

describe('the link that is missing is named, with the command that adds it', () => {
  /** iamcredentials denies whoever asks to be `name`. */
  const deny = (name: string, permission = 'getAccessToken') => {
    for (const path of [':generateAccessToken', ':generateIdToken']) {
      const answer = google.faults.get(path);
      google.faults.delete(path);
      google.faults.set(`${name}@demo.iam.gserviceaccount.com${path}`, denied(permission));
      google.faults.set(`${name}%40demo.iam.gserviceaccount.com${path}`, denied(permission));
      if (answer !== undefined) google.faults.set(path, answer);
    }
  };
  const denied =
    (permission: string) =>
    (_request: SeenRequest, response: Parameters<typeof json>[0]): void =>
      json(response, 403, {
        error: {
          code: 403,
          message: `Permission 'iam.serviceAccounts.${permission}' denied on resource (or it may not exist).`,
          status: 'PERMISSION_DENIED',
        },
      });
  const command = (name: string, member: string, role: string): string =>
    `\`gcloud iam service-accounts add-iam-policy-binding ${accountOf(name)} --member=${member} --role=roles/iam.${role}\``;
  const mendOf = async (source: { fetchIdToken(audience: string): Promise<string> }): Promise<unknown> => {
    const error = await source.fetchIdToken(AUDIENCE).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'TokenError', code: 'RUN_AUTH_IMPERSONATION_DENIED' });
    return (error as { mend?: unknown }).mend;
  };
  const principal = `principal://iam.googleapis.com/${POOL}/subject/SUBJECT`;

  test.each<[what: string, file: () => object, more: SourceOptions, denied: string, command: string]>([
    ['federated > A', () => external('a'), {}, 'a', command('a', principal, 'workloadIdentityUser')],
    [
      'federated > A > B, the first',
      () => external('a'),
      { impersonate: B },
      'a',
      command('a', principal, 'workloadIdentityUser'),
    ],
    [
      'federated > A > B, the second',
      () => external('a'),
      { impersonate: B },
      'b',
      command('b', `serviceAccount:${A}`, 'serviceAccountOpenIdTokenCreator'),
    ],
    [
      'federated > A > B by a file, the first',
      () => impersonated('b', external('a')),
      {},
      'a',
      command('a', principal, 'workloadIdentityUser'),
    ],
    [
      'federated > A > B by a file, the second',
      () => impersonated('b', external('a')),
      {},
      'b',
      command('b', `serviceAccount:${A}`, 'serviceAccountOpenIdTokenCreator'),
    ],
    [
      'a workforce pool > B',
      () => external(undefined, '//iam.googleapis.com/locations/global/workforcePools/w/providers/p'),
      { impersonate: B },
      'b',
      command(
        'b',
        'principal://iam.googleapis.com/locations/global/workforcePools/w/subject/SUBJECT',
        'workloadIdentityUser',
      ),
    ],
    [
      'another audience > B',
      () => external(undefined, 'it is; $(none)'),
      { impersonate: B },
      'b',
      command('b', 'principal://iam.googleapis.com/POOL/subject/SUBJECT', 'workloadIdentityUser'),
    ],
    [
      'key > A > B, the first',
      () => impersonated('b', impersonated('a', key('k'))),
      {},
      'a',
      command('a', `serviceAccount:${accountOf('k')}`, 'serviceAccountTokenCreator'),
    ],
    [
      'person > B',
      () => impersonated('b', USER),
      {},
      'b',
      command('b', 'user:E-MAIL', 'serviceAccountOpenIdTokenCreator'),
    ],
    [
      'person > D > B, the second',
      () => impersonated('b', USER, [accountOf('d')]),
      {},
      'b',
      command('b', `serviceAccount:${accountOf('d')}`, 'serviceAccountOpenIdTokenCreator'),
    ],
    [
      'federated > D > B, the second',
      () => external(),
      { impersonate: B, delegates: [accountOf('d')] },
      'b',
      command('b', `serviceAccount:${accountOf('d')}`, 'serviceAccountOpenIdTokenCreator'),
    ],
  ])('%s', async (_what, file, more, missing, expected) => {
    deny(missing);
    expect(await mendOf(fromFile(file(), more))).toBe(`Run ${expected}.`);
  });

  test('of delegates Google does not say which; the one, or each that may be it', async () => {
    deny('b', 'implicitDelegation');
    const creator = 'serviceAccountTokenCreator';
    const one = impersonated('b', key('k'), [accountOf('d')]);
    expect(await mendOf(fromFile(one))).toBe(`Run ${command('d', `serviceAccount:${accountOf('k')}`, creator)}.`);
    const more = { impersonate: B, delegates: [accountOf('d'), accountOf('e')] };
    expect(await mendOf(fromFile(external('a'), more))).toBe(
      `Of these, run what is missing: ${command('d', `serviceAccount:${A}`, creator)}, ${command('e', `serviceAccount:${accountOf('d')}`, creator)}.`,
    );
  });

  test('nothing from a file gets into a command that is no account', async () => {
    const evil = (name: string) => ({ ...impersonated('b', USER, ['$(d)']), service_account_impersonation_url: name });
    google.faults.set('serviceAccounts', denied('implicitDelegation'));
    const url = urlOf('b').replace(B, '$(touch x)@y');
    expect(await mendOf(fromFile(evil(url)))).not.toContain('touch');
    expect(await mendOf(fromFile(evil(urlOf('b'))))).toContain('add-iam-policy-binding DELEGATE ');
    google.faults.set('serviceAccounts', denied('getAccessToken'));
    const percent = urlOf('b').replace(B, '%E0%A4%A@y');
    const error = await fromFile(evil(percent))
      .fetchIdToken(AUDIENCE)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'TokenError' });
  });

  test('a client made by hand with a URL that is too long', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const long = `${urlOf('a')}${'x'.repeat(300)}:generateAccessToken`;
    const client = ExternalAccountClient.fromJSON({ ...external(), service_account_impersonation_url: long } as never);
    const error = await authClient(client as AuthClient, options())
      .fetchIdToken(AUDIENCE)
      .catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'RUN_AUTH_FEDERATED_WITHOUT_SERVICE_ACCOUNT' });
  });
});

describe('what fails further down the chain has the code of what failed', () => {
  test.each<[code: string, path: string, source: () => object]>([
    ['RUN_AUTH_FEDERATION_REFUSED', '/v1/token', () => external('a')],
    ['RUN_AUTH_KEY_REFUSED', '/token', () => key('k')],
  ])('%s', async (code, path, source) => {
    google.faults.set(path, (_request, response) => json(response, 400, { error: 'invalid_grant' }));
    await expect(fromFile(impersonated('b', source())).fetchIdToken(AUDIENCE)).rejects.toMatchObject({ code });
  });

  test.each([
    [
      'RUN_AUTH_PRIVATE_KEY_INVALID',
      'private_key in source_credentials is an',
      (file: object) => impersonated('b', file),
    ],
    ['RUN_AUTH_PRIVATE_KEY_INVALID', 'private_key is an', (file: object) => file],
  ])('%s', async (code, what, around) => {
    const encrypted = PRIVATE_KEY.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE');
    await expect(
      fromFile(around({ ...key('k'), private_key: encrypted })).fetchIdToken(AUDIENCE),
    ).rejects.toMatchObject({ name: 'ConfigError', code, message: expect.stringContaining(`${what} encrypted key.`) });
  });
});

test('a key of another is mended where it is used: in a file, in its source, in a client made by hand', async () => {
  const private_key = PRIVATE_KEY.replaceAll('\n', '\\n');
  await fromFile({ ...key('k'), private_key }).fetchIdToken(AUDIENCE);
  await fromFile(impersonated('b', { ...key('k'), private_key })).fetchIdToken(AUDIENCE);
  const client = new JWT({ email: accountOf('k'), key: private_key });
  await authClient(client, options()).fetchIdToken(AUDIENCE);
  expect(client.key).toBe(PRIVATE_KEY);
  expect(() => authClient(new JWT({ email: 'k', key: 'x' }))).toThrow(
    expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(/^client\.key is no key in PEM/) }),
  );
});
