import { parseDeclaration } from '@run-edges/edges';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { localProject, runAppHosts } from '../../identity/project.ts';
import { explainEdge } from './explain-edge.ts';

const declaration = parseDeclaration(
  `services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [search], audiences: ['https://Profiles.example.com/api'] }
  search: {}
`,
  'infra/edges.yaml',
);
const now = 1_800_000_000;
const [host, hashed] = runAppHosts('user-profiles', localProject);
const secret = Buffer.alloc(32);
const token = (claims: Record<string, unknown> = {}, alg = 'HS256') =>
  new SignJWT({ iss: 'https://accounts.google.com', aud: `https://${host}`, iat: now, exp: now + 3600, ...claims })
    .setProtectedHeader({ alg })
    .sign(secret);
/** A good token's text with the algorithm that Google uses; nobody checks the signature here. */
const asGoogle = async (claims?: Record<string, unknown>) => {
  const [, payload, signature] = (await token(claims)).split('.');
  return `${Buffer.from('{"alg":"RS256","kid":"k"}').toString('base64url')}.${payload}.${signature}`;
};
const member = 'serviceAccount:login-run@run-edges-local.iam.gserviceaccount.com';
/** Whom policies let in, as a running emulator lists it. */
const live = (...edges: [caller: string, receiver: string, by: string | null][]) =>
  edges.map(([caller, receiver, by]) => ({ caller, receiver, by }));
const mistakes = (given: string, receiver = 'user-profiles') =>
  explainEdge(declaration, 'login', receiver, { token: given, now }).mistakes;

describe('explaining an edge', () => {
  test('a forbidden one names the identity, who may, the line to add and the command', () => {
    const explained = explainEdge(declaration, 'login', 'search');
    expect(explained).toMatchObject({
      verdict: 'forbidden',
      status: 403,
      identity: 'login-run@run-edges-local.iam.gserviceaccount.com',
      invokers: ['serviceAccount:user-profiles-run@run-edges-local.iam.gserviceaccount.com'],
      mistakes: [],
    });
    expect(explained.mend).toContain('add search to the calls of login in infra/edges.yaml');
    expect(explained.mend).toContain(
      'gcloud run services add-iam-policy-binding search --region=us-central1 --member=serviceAccount:login-run@run-edges-local.iam.gserviceaccount.com --role=roles/run.invoker',
    );
    expect(explained.mend).toContain('2 minutes');
  });

  test('an allowed one names what would forbid it', () => {
    expect(explainEdge(declaration, 'login', 'user-profiles')).toMatchObject({
      verdict: 'allowed',
      status: 200,
      mend: expect.stringContaining('remove-iam-policy-binding'),
    });
    expect(explainEdge(declaration, 'anonymous', 'login')).toMatchObject({
      verdict: 'allowed',
      invokers: ['allUsers'],
      mend: expect.stringContaining('public: true'),
    });
  });

  test('anonymous and the stranger are told what would let them in', () => {
    expect(explainEdge(declaration, 'anonymous', 'search')).toMatchObject({
      status: 403,
      identity: undefined,
      mend: expect.stringContaining('ID token'),
    });
    expect(explainEdge(declaration, 'stranger', 'search').mend).toBe(
      'Nothing: the stranger stands for everybody whom no edge names. Declare a service that shall call search, with search in its calls, in infra/edges.yaml.',
    );
  });

  test('a policy that was changed counts, and the declaration is named as what it is', () => {
    expect(explainEdge(declaration, 'login', 'search', { edges: live(['login', 'search', member]) })).toMatchObject({
      verdict: 'allowed',
      status: 200,
      reason: expect.stringMatching(/^the policy was changed: it lets serviceAccount:login-run@.* in; not declared/),
      mend: expect.stringMatching(
        /^To forbid it: gcloud run services remove-iam-policy-binding search .*--member=serviceAccount:login-run@/,
      ),
    });
    expect(
      explainEdge(declaration, 'login', 'user-profiles', { edges: live(['login', 'user-profiles', null]) }),
    ).toMatchObject({
      verdict: 'forbidden',
      status: 403,
      reason: expect.stringContaining('lets the caller in no more'),
      mend: expect.stringContaining('add-iam-policy-binding user-profiles'),
    });
    expect(
      explainEdge(declaration, 'anonymous', 'login', { edges: live(['anonymous', 'login', null]) }).mend,
    ).toContain('--member=allUsers');
  });

  test('a policy that is what the emulator has read was not changed, whatever this declaration says', () => {
    const read = ['anonymous login', 'login search'];
    expect(
      explainEdge(declaration, 'login', 'search', { edges: live(['login', 'search', member]), read }).reason,
    ).toMatch(/^the emulator has read another declaration, and lets serviceAccount:login-run@.* in; not declared/);
    expect(
      explainEdge(declaration, 'login', 'user-profiles', { edges: live(['login', 'user-profiles', null]), read })
        .reason,
    ).toMatch(/^the emulator has read another declaration, and does not let the caller in; declared/);
    const changed = { edges: live(['login', 'search', member]), read: ['anonymous login'] };
    expect(explainEdge(declaration, 'login', 'search', changed).reason).toMatch(/^the policy was changed: it lets/);
  });

  test('policies that are as declared change nothing but that the emulator must be started again', () => {
    const asDeclared = explainEdge(declaration, 'login', 'search');
    const { mend, ...explained } = explainEdge(declaration, 'login', 'search', {
      edges: live(['login', 'search', null]),
    });
    expect({ ...explained, mend: mend.replace(' and save it: a running up follows it', '') }).toEqual(asDeclared);
    expect(mend).not.toBe(asDeclared.mend);
    const edges = live(['login', 'user-profiles', member]);
    expect(explainEdge(declaration, 'login', 'user-profiles', { edges })).toEqual(
      explainEdge(declaration, 'login', 'user-profiles'),
    );
  });

  test('who is let in is read from the policies, and identities from what runs', () => {
    const edges = live(['login', 'search', null]);
    const running = { edges, emailOf: () => 'other@example.com', invokers: ['group:ops@example.com'] };
    expect(explainEdge(declaration, 'login', 'search', running)).toMatchObject({
      identity: 'other@example.com',
      invokers: ['group:ops@example.com'],
    });
  });

  test('where no invoker is checked, everybody comes in, and the command that checks again is named', () => {
    const edges = live(['anonymous', 'search', 'no invoker check']);
    expect(explainEdge(declaration, 'anonymous', 'search', { edges })).toMatchObject({
      verdict: 'allowed',
      status: 200,
      reason: expect.stringContaining('search checks no invoker'),
      mend: 'To forbid it: gcloud run services update search --region=us-central1 --project=run-edges-local --invoker-iam-check',
    });
  });

  test('what is deployed beside the declaration is explained from its policy', () => {
    const edges = live(['login', 'other', null], ['search', 'other', 'domain:example.com']);
    expect(explainEdge(declaration, 'login', 'other', { edges })).toMatchObject({
      status: 403,
      reason: 'infra/edges.yaml does not declare both',
      mend: expect.stringContaining('add-iam-policy-binding other'),
    });
    expect(explainEdge(declaration, 'search', 'other', { edges })).toMatchObject({
      status: 200,
      reason: expect.stringContaining('lets domain:example.com in'),
    });
  });

  test('a caller that is not deployed yet is explained as declared', () => {
    const edges = live(['search', 'user-profiles', null]);
    expect(explainEdge(declaration, 'login', 'user-profiles', { edges })).toMatchObject({ verdict: 'allowed' });
  });

  test('an undeclared service is no edge', () => {
    expect(() => explainEdge(declaration, 'login', 'nobody')).toThrow(RangeError);
    expect(() => explainEdge(declaration, 'constructor', 'search')).toThrow(RangeError);
  });
});

describe('what is wrong with a token', () => {
  test('nothing', async () => {
    for (const aud of [
      `https://${host}`,
      `https://${hashed}/`,
      `https://${host}/people`,
      'https://Profiles.example.com/api',
    ])
      expect(mistakes(await asGoogle({ aud })), aud).toEqual([]);
  });

  test('mistake 1: an access token', () => {
    for (const given of ['ya29.a0AfB_x', 'opaque']) expect(mistakes(given)[0]?.reason).toContain('OAuth access token');
  });

  test.each([
    [
      'mistake 2: another service',
      'https://search-100000000001.us-central1.run.app',
      'is the URL of search, not of user-profiles',
    ],
    ['mistake 2: a service of nobody', 'https://nobody-1.us-central1.run.app', 'is the URL of no service here'],
    ['mistake 3: another spelling', `https://${host.toUpperCase()}`, 'is written otherwise'],
    ['mistake 3: no scheme', host, 'is a host name without https://'],
    ['mistake 3: the name', 'user-profiles', 'is the name of the service'],
    ['mistake 4: a query', `https://${host}/task?x=1`, 'has a query, as Cloud Tasks'],
    ['mistake 4: a fragment', `https://${host}/#x`, 'has a fragment'],
    ['mistake 5: a custom domain', 'https://profiles.acme.example/x', 'is another domain'],
    ['mistake 5: nearly the custom audience', 'https://profiles.example.com/api/', 'byte for byte'],
    ['mistake 6: a tag', `https://blue---${host}`, 'is the URL of a tag'],
    ['mistake 7: a user of gcloud', '32555940559.apps.googleusercontent.com', 'user credentials cannot make one'],
    ['an OAuth client', '123-abc.apps.googleusercontent.com', 'is an OAuth client id'],
    ['Google itself', 'https://run.googleapis.com', "is an address of Google's APIs"],
    ['mistake 3: a Cloud Function', 'https://us-central1-acme.cloudfunctions.net/f', 'is the URL of a Cloud Function'],
    ['rubbish', 'demo', 'is no URL'],
  ])('%s', async (_name, aud, reason) => {
    const [found] = mistakes(await asGoogle({ aud }));
    expect(found?.reason).toContain(reason);
    expect(found?.mend).not.toBe('');
  });

  test('the commands that mend are printed whole', async () => {
    const domain = mistakes(await asGoogle({ aud: 'https://profiles.acme.example/x' }))[0]?.mend;
    expect(domain).toContain(
      'gcloud run services update user-profiles --add-custom-audiences=https://profiles.acme.example',
    );
    const user = mistakes(await asGoogle({ aud: '32555940559.apps.googleusercontent.com' }))[0]?.mend;
    expect(user).toContain(`--audiences=https://${host}`);
  });

  test('mistake 7: a user’s own token is the user’s, and is refused as such', async () => {
    const aud = '32555940559.apps.googleusercontent.com';
    const given = await asGoogle({ aud, azp: aud, email: 'dev@example.com' });
    expect(explainEdge(declaration, 'login', 'user-profiles', { token: given, now })).toMatchObject({
      verdict: 'forbidden',
      status: 403,
      mistakes: [
        {
          reason: expect.stringContaining('dev@example.com'),
          mend: expect.stringContaining('--impersonate-service-account'),
        },
      ],
    });
    const late = await asGoogle({ aud, azp: aud, email: 'dev@example.com', exp: now - 5 });
    expect(explainEdge(declaration, 'login', 'user-profiles', { token: late, now }).status).toBe(401);
  });

  test('what the receiver takes is listed', () => {
    const urlsOf = (name: string) => [`http://${name}.example`];
    expect(explainEdge(declaration, 'login', 'user-profiles', { urlsOf }).audiences).toEqual([
      'http://user-profiles.example',
      `https://${host}`,
      `https://${hashed}`,
      'https://Profiles.example.com/api',
    ]);
  });

  test('mistake 8: a stripped token, and on a public service that nobody verified it', async () => {
    const stripped = (await asGoogle()).replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');
    expect(mistakes(stripped)[0]?.reason).toContain('its signature was removed');
    expect(mistakes(stripped, 'login')[0]?.reason).toContain('anybody can forge them');
  });

  test('mistake 9: a token of the app in the place of the ID token', async () => {
    expect(mistakes(await asGoogle({ iss: 'https://securetoken.google.com/acme' }))[0]).toMatchObject({
      reason: expect.stringContaining('Firebase'),
      mend: expect.stringContaining('X-Serverless-Authorization'),
    });
    expect(mistakes(await token())[0]?.reason).toContain('"HS256"');
  });

  test('expired, from the future, without audience, no token at all', async () => {
    expect(mistakes(await asGoogle({ exp: now - 5 }))[0]?.reason).toBe('it expired 5 s ago');
    expect(mistakes(await asGoogle({ iat: now + 600 }))[0]?.reason).toContain('in the future');
    expect(mistakes(await asGoogle({ aud: undefined }))[0]?.reason).toContain('no single audience');
    expect(mistakes('a.b')[0]?.reason).toContain('no JSON Web Token');
    expect(mistakes(`Bearer ${await asGoogle()}`)[0]?.reason).toContain('whole header');
  });

  test('several at once come gravest first, and a refused token makes the edge a 401', async () => {
    const given = await asGoogle({ iss: 'https://evil.example', aud: 'demo', exp: now - 5 });
    expect(mistakes(given)).toHaveLength(3);
    expect(explainEdge(declaration, 'login', 'user-profiles', { token: given, now })).toMatchObject({
      verdict: 'forbidden',
      status: 401,
    });
  });
});
