import { KeyObject, sign } from 'node:crypto';
import { SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Grant } from '../../iam/policies/grants.ts';
import { createAccounts } from '../../identity/accounts/accounts.ts';
import { createKeyRing, type KeyRing } from '../../identity/keys/key-ring.ts';
import { acceptsAudience } from './audience.ts';
import { authorize, type Receiver } from './authorize.ts';
import { type Credential, createCredentialReader } from './credentials.ts';
import type { FrontEnd } from './front-end.ts';
import { ingressRule } from './ingress.ts';
import { createTokenVerifier } from './verified-tokens.ts';

const AUDIENCE = 'https://search.example';
const GCLOUD = '32555940559.apps.googleusercontent.com';
const NOW = 1_800_000_000;
const LOGIN = 'login-run@p.iam.gserviceaccount.com';
const accounts = createAccounts();
const login = accounts.ensure(LOGIN);
const member = `serviceAccount:${LOGIN}`;

let keys: KeyRing;
beforeAll(async () => {
  keys = await createKeyRing({ now: () => NOW });
});

interface Setting extends Partial<FrontEnd> {
  /** Members that may invoke `/a`. */
  readonly invokers: readonly string[];
  /** What is particular in the grants that let them in. */
  readonly grant: Partial<Grant>;
  readonly failing: readonly Grant[];
  readonly hideFromUsers: boolean;
  readonly address: string;
  /** What accounts are called, by their e-mails. */
  readonly names: Readonly<Record<string, string>>;
}
let setting: Setting;
/** Each grant is one, however often it is found, as in a policy. */
const grants = new Map<string, Grant>();
beforeEach(() => {
  grants.clear();
  setting = {
    invokers: [member],
    grant: {},
    failing: [],
    hideFromUsers: false,
    address: '203.0.113.9',
    names: { [LOGIN]: 'login' },
  };
});

const receiver: Receiver = {
  name: 'search',
  frontEnd: () =>
    ({ ingress: setting.ingress ?? 'all', invokerIamDisabled: setting.invokerIamDisabled ?? false }) as FrontEnd,
  tokenRules: {
    get verifier() {
      return createTokenVerifier(keys);
    },
    acceptsAudience: (audience) => acceptsAudience(audience, [AUDIENCE], []),
    audienceMistake: (audience) => ({ reason: `the audience is ${audience}`, mend: 'Use another.' }),
    audience: AUDIENCE,
    now: () => NOW,
    expiryLeeway: 60,
    clockSkew: 30,
  },
  invokingGrant(principal, path) {
    const found = setting.invokers.find(
      (one) => one === (principal?.member ?? 'allUsers') || (/^(?:allAuth|group:)/.test(one) && principal),
    );
    return path === '/a' && found !== undefined ? grantOf(found, setting.grant) : undefined;
  },
};

function grantOf(member: string, change: Partial<Grant> = {}): Grant {
  const grant: Grant = { member, role: 'roles/run.invoker', resource: 'services/search', ...change };
  const key = JSON.stringify(grant);
  const known = grants.get(key) ?? grant;
  grants.set(key, known);
  return known;
}

async function signed(claims: Record<string, unknown> = {}): Promise<string> {
  const { kid, privateKey } = keys.current();
  const all = { iss: 'https://accounts.google.com', sub: login.uniqueId, aud: AUDIENCE, iat: NOW, exp: NOW + 3600 };
  return new SignJWT({ ...all, ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
}

const read = (token: string, header = 'Authorization') => createCredentialReader()([header, `Bearer ${token}`]);
const asUser = { sub: '9', email: 'ada@example.com', email_verified: true, aud: GCLOUD, azp: GCLOUD };
const verdict = (credential: Credential, path = '/a') =>
  authorize(
    { credential, path, address: setting.address },
    receiver,
    {
      accounts,
      callerName: (email) => setting.names[email] ?? email,
      wayIn: (name, who) => `grant ${who} on ${name}`,
    },
    {
      ingress: ingressRule({ networks: ['10.0.0.0/8'] }),
      hideFromUsers: setting.hideFromUsers,
      rolesOf: (_service, principal) => (principal.member === member ? ['roles/run.viewer', 'roles/browser'] : []),
      failingGrants: () => setting.failing,
    },
  );
const of = async (claims: Record<string, unknown>, path?: string) => verdict(read(await signed(claims)), path);

describe('a service account', () => {
  test('that is an invoker comes in, and the reason is the member', async () => {
    expect(await of({})).toEqual({
      refusal: 0,
      rule: 'invoker',
      kind: 'service account',
      reason: `${member} holds roles/run.invoker on search`,
      mend: '',
      caller: 'login',
    });
  });

  test('after another one is told by its own name', async () => {
    const other = accounts.ensure('other-run@p.iam.gserviceaccount.com');
    setting = { ...setting, invokers: [member, `serviceAccount:${other.email}`] };
    expect(await of({})).toMatchObject({ caller: 'login' });
    expect(await of({ sub: other.uniqueId })).toMatchObject({
      caller: other.email,
      reason: expect.stringContaining(other.email),
    });
    expect(await of({})).toMatchObject({ caller: 'login', reason: expect.stringContaining(member) });
  });

  test('that comes in by the same member as another one is told by its own name, too', async () => {
    const other = accounts.ensure('other-run@p.iam.gserviceaccount.com');
    setting = { ...setting, invokers: ['allAuthenticatedUsers'] };
    for (const [sub, caller] of [
      [login.uniqueId, 'login'],
      [other.uniqueId, other.email],
      [login.uniqueId, 'login'],
    ])
      expect(await of({ sub })).toMatchObject({ caller, reason: expect.stringContaining('allAuthenticatedUsers') });
  });

  test('that is called otherwise by now is told by its new name, and by its own e-mail whoever had that name', async () => {
    const other = accounts.ensure('other-run@p.iam.gserviceaccount.com');
    setting = { ...setting, invokers: ['group:team@example.com'] };
    expect(await of({})).toMatchObject({ caller: 'login', reason: expect.stringContaining(`${LOGIN} is in it`) });
    setting = { ...setting, names: { [LOGIN]: 'front' } };
    expect(await of({})).toMatchObject({ caller: 'front', reason: expect.stringContaining(`${LOGIN} is in it`) });
    setting = { ...setting, names: { [other.email]: 'front' } };
    expect(await of({ sub: other.uniqueId })).toMatchObject({
      caller: 'front',
      reason: expect.stringContaining(`${other.email} is in it`),
    });
  });

  test('that comes in as another identity’s subject is in no group of that name', async () => {
    const subject = 'principal://iam.googleapis.com/projects/1/subject/group:team';
    setting = { ...setting, grant: { member: subject } };
    expect(await of({})).toMatchObject({ reason: `${subject} holds roles/run.invoker on search` });
  });

  test('that is disabled is told so, and how it is enabled', async () => {
    const { email, uniqueId } = accounts.disable(accounts.ensure('off-run@p.iam.gserviceaccount.com'), true);
    expect(await of({ sub: uniqueId })).toMatchObject({
      refusal: 401,
      rule: 'unknown-principal',
      reason: `${email} is disabled`,
      mend: `gcloud iam service-accounts enable ${email}`,
    });
  });

  test('that is none is refused with its roles and the command, and named', async () => {
    setting = { ...setting, invokers: [] };
    expect(await of({})).toEqual({
      refusal: 403,
      rule: 'not-an-invoker',
      reason: `${LOGIN} has no role with run.routes.invoke on search, only roles/run.viewer, roles/browser`,
      mend: `grant ${member} on search`,
      caller: 'login',
      kind: 'service account',
    });
    setting = { ...setting, hideFromUsers: true };
    expect(await of({})).toMatchObject({ refusal: 403 });
  });

  test('is refused where a condition keeps its path away', async () => {
    expect(await of({}, '/b')).toMatchObject({ refusal: 403, caller: 'login' });
  });

  test.each<[string, Partial<Setting>, string]>([
    [
      'a role of the project',
      { grant: { role: 'roles/editor', resource: 'project' } },
      `${member} holds roles/editor on the project`,
    ],
    [
      'a condition',
      { grant: { condition: { title: 'by day', expression: 'true' } } },
      `${member} holds roles/run.invoker (on the condition "by day") on search`,
    ],
    [
      'a group',
      { invokers: ['group:team@example.com'] },
      `group:team@example.com holds roles/run.invoker on search, and ${LOGIN} is in it`,
    ],
    [
      'everybody with an account',
      { invokers: ['allAuthenticatedUsers'] },
      'allAuthenticatedUsers holds roles/run.invoker on search',
    ],
  ])('that comes in by %s is told by that', async (_what, change, reason) => {
    setting = { ...setting, ...change };
    expect(await of({})).toMatchObject({ refusal: 0, rule: 'invoker', reason });
    // Not as the request before it, though the member is the same.
    setting = { ...setting, invokers: [member], grant: {} };
    expect(await of({})).toMatchObject({ reason: `${member} holds roles/run.invoker on search` });
  });

  test('whose condition does not hold is told so', async () => {
    const condition = { title: 'by day', expression: 'false' };
    setting = { ...setting, invokers: [], failing: [grantOf(member, { condition })] };
    expect(await of({})).toMatchObject({
      refusal: 403,
      reason: expect.stringMatching(/, which does not hold for \/a now$/),
    });
  });

  test('is no user, whatever its token says', async () => {
    setting = { ...setting, invokers: [member, `user:${LOGIN}`, 'user:x@example.com'] };
    expect(await of({ aud: GCLOUD, azp: GCLOUD })).toMatchObject({ refusal: 401, rule: 'wrong-audience' });
    const unknown = { ...asUser, email: LOGIN };
    expect(await of(unknown)).toMatchObject({ refusal: 401, rule: 'unknown-principal', caller: 'anonymous' });
  });
});

describe('a user', () => {
  beforeEach(() => {
    setting = { ...setting, invokers: ['user:ada@example.com'] };
  });

  test('with gcloud’s token comes in', async () => {
    expect(await of(asUser)).toMatchObject({ refusal: 0, caller: 'ada@example.com' });
  });

  test.each([
    [{ email_verified: false }],
    [{ email_verified: 'true' }],
    [{ email_verified: undefined }],
    [{ email: undefined }],
    [{ email: ['ada@example.com'] }],
    [{ azp: undefined }],
    [{ azp: 'x.apps.googleusercontent.com' }],
  ])('is none with %j', async (claims) => {
    expect(await of({ ...asUser, ...claims })).toEqual({
      refusal: 401,
      rule: 'unknown-principal',
      reason: 'no account has the unique id 9',
      mend: expect.stringContaining(`audience=${AUDIENCE}`),
      caller: 'anonymous',
    });
  });

  test('has no token for the service itself', async () => {
    expect(await of({ ...asUser, aud: AUDIENCE, azp: AUDIENCE })).toMatchObject({ rule: 'unknown-principal' });
    expect(await of({ ...asUser, aud: 'https://x.example', azp: 'https://x.example' })).toMatchObject({
      refusal: 401,
      rule: 'wrong-audience',
      reason: 'the audience is https://x.example',
    });
  });

  test('who is no invoker is told 403, or 404 where users are not to know', async () => {
    setting = { ...setting, invokers: [] };
    expect(await of(asUser)).toMatchObject({
      refusal: 403,
      rule: 'not-an-invoker',
      caller: 'ada@example.com',
      reason: 'ada@example.com has no role with run.routes.invoke on search',
      mend: expect.stringMatching(/^grant user:ada@example.com on search/),
    });
    setting = { ...setting, hideFromUsers: true };
    expect(await of(asUser)).toMatchObject({ refusal: 404, caller: 'ada@example.com' });
  });
});

describe('a token', () => {
  test.each([
    ['expired', { exp: NOW - 60 }],
    ['not-yet-valid', { iat: NOW + 31 }],
    ['not-yet-valid', { nbf: NOW + 31 }],
    ['wrong-issuer', { iss: 'https://accounts.google.com.evil.example' }],
    ['wrong-issuer', { iss: undefined }],
    ['wrong-audience', { aud: [AUDIENCE] }],
    ['wrong-audience', { aud: undefined }],
    ['wrong-audience', { aud: 'https://other.example' }],
    ['malformed-token', { sub: undefined }],
    ['malformed-token', { sub: '' }],
    ['malformed-token', { sub: 7 }],
    ['malformed-token', { exp: `${NOW + 3600}` }],
    ['malformed-token', { exp: undefined }],
    ['malformed-token', { iat: null }],
    ['malformed-token', { iat: undefined }],
    ['malformed-token', { nbf: '0' }],
  ])('is refused as %s: %j', async (rule, claims) => {
    const refused = await of(claims);
    expect(refused).toMatchObject({ refusal: 401, rule, caller: 'anonymous' });
    expect(refused.reason).not.toBe('');
    expect(refused.mend).not.toBe('');
  });

  test.each([
    ['in its last second of leeway', { exp: NOW - 59 }],
    ['as far ahead as clocks may differ', { iat: NOW + 30, nbf: NOW + 30 }],
    ['of the issuer’s other name', { iss: 'accounts.google.com' }],
    ['with a path below the URL', { aud: `${AUDIENCE}/x` }],
  ])('is good %s', async (_what, claims) => {
    expect(await of(claims)).toMatchObject({ refusal: 0 });
  });

  test('whose times have no end is refused, and one for several is told as such', async () => {
    const { kid, privateKey } = keys.current();
    const part = (text: string) => Buffer.from(text).toString('base64url');
    for (const name of ['exp', 'iat', 'nbf']) {
      const claims = {
        iss: 'accounts.google.com',
        sub: login.uniqueId,
        aud: AUDIENCE,
        iat: NOW,
        nbf: NOW,
        exp: NOW + 9,
      };
      const payload = JSON.stringify(claims).replace(new RegExp(`"${name}":\\d+`), `"${name}":1e999`);
      const input = `${part(JSON.stringify({ alg: 'RS256', kid }))}.${part(payload)}`;
      const signature = sign('RSA-SHA256', Buffer.from(input), KeyObject.from(privateKey)).toString('base64url');
      expect(verdict(read(`${input}.${signature}`)), name).toMatchObject({ rule: 'malformed-token' });
    }
    expect(await of({ aud: [AUDIENCE] })).toMatchObject({ reason: 'the token has no single audience' });
  });

  test('says in the refusal what it was issued as', async () => {
    expect((await of({ iss: undefined })).reason).toBe('the issuer is null, not https://accounts.google.com');
    expect((await of({ iss: 'x' })).reason).toContain('"x"');
  });

  test.each([
    ['ya29.abc', 'access-token'],
    ['ya29.a.b.c', 'access-token'],
    ['opaque', 'access-token'],
    ['a.b.SIGNATURE_REMOVED_BY_GOOGLE', 'signature-removed'],
    ['a.b', 'malformed-token'],
  ])('%s is refused as %s', (token, rule) => {
    expect(verdict(read(token))).toMatchObject({ refusal: 401, rule });
  });

  test('that ends like a stripped one, and is none, is read', () => {
    expect(verdict(read('a.bSIGNATURE_REMOVED_BY_GOOGLE'))).toMatchObject({ rule: 'malformed-token' });
  });

  test('of another issuer is told as such, where it says so', () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const foreign = `${part({ alg: 'RS256', kid: 'x' })}.${part({ iss: 'https://evil.example' })}.AA`;
    expect(verdict(read(foreign))).toMatchObject({
      rule: 'unknown-key',
      reason: expect.stringMatching(/"x"; the issuer is "https:\/\/evil.example", not Google/),
      mend: expect.stringMatching(/^Leave that token .*Ask the metadata server/),
    });
    const own = `${part({ alg: 'RS256', kid: 'x' })}.${part({ iss: 'accounts.google.com' })}.AA`;
    expect(verdict(read(own))).toMatchObject({ reason: 'no key of Google has the id "x"' });
  });
});

describe('without one token', () => {
  test('nobody comes in, and each is told what to send', () => {
    const read = createCredentialReader();
    expect(verdict(read([]))).toEqual({
      refusal: 403,
      rule: 'no-credentials',
      reason: 'the request carries no token',
      mend: `Send "Authorization: Bearer ID_TOKEN" with the audience ${AUDIENCE}`,
      caller: 'anonymous',
    });
    expect(verdict(read(['Authorization', 'Bearer a.b.c d.e.f']))).toMatchObject({
      refusal: 401,
      rule: 'several-credentials',
      reason: 'there is more than one token in authorization',
      mend: 'Send one.',
    });
    expect(verdict(read(['Authorization', 'Basic x']))).toMatchObject({
      refusal: 401,
      rule: 'not-bearer',
      mend: expect.stringContaining('X-Serverless-Authorization'),
    });
    const { mend } = verdict(read(['X-Serverless-Authorization', 'Basic x']));
    expect(mend).toBe(`Send "Authorization: Bearer ID_TOKEN" with the audience ${AUDIENCE}`);
  });
});

describe('a service that is open', () => {
  test.each([
    ['public', { invokers: ['allUsers'] }, 'allUsers may invoke search'],
    ['iam-disabled', { invokerIamDisabled: true, invokers: [] }, 'search checks no invoker'],
  ] as const)('as %s lets everybody in, and names whom a good token proves', async (rule, open, reason) => {
    setting = { ...setting, ...open };
    const anonymous = { refusal: 0, rule, reason, mend: '', caller: 'anonymous' };
    expect(verdict({ kind: 'none' })).toEqual(anonymous);
    expect(verdict(read('rubbish'))).toEqual(anonymous);
    expect(verdict({ kind: 'several', header: 'x-serverless-authorization' })).toEqual(anonymous);
    expect(await of({})).toEqual({ ...anonymous, caller: 'login' });
    expect(await of({ aud: 'https://other.example' })).toEqual(anonymous);
    expect(await of({ aud: GCLOUD })).toEqual(anonymous);
    expect(await of({ ...asUser })).toEqual({ ...anonymous, caller: 'ada@example.com' });
  });

  const sometimes = { title: 'sometimes', expression: 'true' };
  test.each<[Partial<Grant>, string]>([
    [{ resource: 'project', role: 'roles/run.admin' }, 'roles/run.admin on the project'],
    [{ resource: 'project' }, 'roles/run.invoker on the project'],
    [{ role: 'roles/run.admin' }, 'roles/run.admin on search'],
    [{ condition: sometimes }, 'roles/run.invoker (on the condition "sometimes") on search'],
  ])('by %j is told by that', (grant, said) => {
    setting = { ...setting, invokers: ['allUsers'], grant };
    expect(verdict({ kind: 'none' })).toMatchObject({
      rule: 'public',
      reason: `allUsers may invoke search: allUsers holds ${said}`,
    });
  });

  test('warns of the header whose token nobody verified', () => {
    setting = { ...setting, invokers: ['allUsers'] };
    expect(verdict(read('a.b.c', 'X-Serverless-Authorization'))).toMatchObject({
      refusal: 0,
      rule: 'public',
      reason: expect.stringMatching(/^allUsers may invoke search; nobody verified/),
      mend: expect.stringContaining('make the service private'),
    });
  });
});

describe('ingress', () => {
  beforeEach(() => {
    setting = { ...setting, ingress: 'internal', invokers: [member, 'allUsers'] };
  });

  test('comes before everything, and is passed by a service account of the project or a network', async () => {
    expect(verdict({ kind: 'none' })).toEqual({
      refusal: 404,
      rule: 'ingress',
      reason: 'search takes internal traffic only, and 203.0.113.9 is outside',
      mend: expect.stringContaining('"all"'),
      caller: 'anonymous',
    });
    expect(await of({})).toMatchObject({ refusal: 0, caller: 'login' });
    expect(await of({ aud: 'https://other.example' })).toMatchObject({ refusal: 0, caller: 'anonymous' });
    setting = { ...setting, address: '10.1.1.1' };
    expect(verdict({ kind: 'none' })).toMatchObject({ refusal: 0 });
  });

  test('is not passed by a user, nor by a token that is not good', async () => {
    expect(await of(asUser)).toMatchObject({ refusal: 404, rule: 'ingress' });
    expect(await of({ exp: NOW - 3600 })).toMatchObject({ refusal: 404, rule: 'ingress' });
    setting = { ...setting, invokerIamDisabled: true };
    expect(verdict({ kind: 'none' })).toMatchObject({ refusal: 404, rule: 'ingress' });
  });
});
