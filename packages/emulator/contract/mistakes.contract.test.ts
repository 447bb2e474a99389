import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { userToken } from './user-token.ts';

/** The ten mistakes that users report most, each made at a gate: the decision names what is wrong and what mends it. */
let gates: GateCloud;
let base: string;
let metadata: string;
beforeAll(async () => {
  gates = await gateCloud({
    edges: 'services: { open: { public: true, calls: [closed] }, closed: { audiences: [https://api.acme.example] } }',
    app: (_request, response) => void response.end(),
    gate: { services: { closed: { tags: ['blue'] } } },
  });
  base = gates.url('closed');
  metadata = `http://${gates.cloud.service('open').listed().metadataHost}/computeMetadata/v1/instance/service-accounts/default`;
});
afterAll(() => gates[Symbol.asyncDispose]());

const flavored = ['Metadata-Flavor', 'Google'];
const authorization = (token: string) => ['Authorization', `Bearer ${token}`];
const forAudience = async (audience: string) => authorization(await gates.cloud.idToken('open', audience));

async function decided(headers: readonly string[], service = 'closed') {
  await rawRequest(gates.url(service), headers);
  const { status, rule, reason = '', mend = '' } = gates.newest() ?? {};
  return { status, rule, told: `${reason}. ${mend}` };
}

describe('a mistake', () => {
  test('1: an access token in place of an ID token', async () => {
    const { body } = await rawRequest(`${metadata}/token`, flavored);
    const { told, ...verdict } = await decided(
      authorization((JSON.parse(body) as { access_token: string }).access_token),
    );
    expect(verdict).toEqual({ status: 401, rule: 'access-token' });
    expect(told).toContain('Cloud Run wants an ID token');
    expect(told).toContain(`identity?audience=${base}`);
  });

  test.each([
    ['2: another service', () => gates.url('open'), 'is the URL of open, not of closed'],
    [
      '3: the rule of Cloud Functions',
      () => 'https://us-central1-acme.cloudfunctions.net/closed',
      'is the URL of a Cloud Function',
    ],
    ['4: a query, as Cloud Tasks makes it', () => `${base}/task?id=1`, 'Set oidcToken.audience'],
    ['4: a fragment', () => `${base}/#x`, 'has a fragment'],
    ['5: a custom domain', () => 'https://www.acme.example', '--add-custom-audiences=https://www.acme.example'],
    [
      '6: the URL of a tag',
      () => `https://blue---${gates.cloud.service('closed').hosts[0]}`,
      'also when you call the tag',
    ],
  ])('%s', async (_name, audience, part) => {
    const { told, ...verdict } = await decided(await forAudience(audience()));
    expect(verdict).toEqual({ status: 401, rule: 'wrong-audience' });
    expect(told).toContain(part);
  });

  test('7: a user’s own credentials', async () => {
    const { told, ...verdict } = await decided(authorization(await userToken(gates.cloud, 'dev@example.com')));
    expect(verdict).toEqual({ status: 403, rule: 'not-an-invoker' });
    expect(told).toContain('--member=user:dev@example.com');
  });

  test('8: a token that another gate has consumed, and one that nobody has verified', async () => {
    const stripped = (await gates.cloud.idToken('open', base)).replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');
    const relayed = await decided(authorization(stripped));
    expect(relayed).toMatchObject({ status: 401, rule: 'signature-removed' });
    expect(relayed.told).toContain('never relays');
    const trusted = await decided(['X-Serverless-Authorization', `Bearer ${stripped}`], 'open');
    expect(trusted).toMatchObject({ status: 200, rule: 'public' });
    expect(trusted.told).toContain('anybody can forge');
  });

  test('9: Authorization that belongs to the app', async () => {
    const claims = {
      ...decodeJwt(await gates.cloud.idToken('open', base)),
      iss: 'https://securetoken.google.com/acme',
    };
    const own = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32));
    for (const headers of [authorization(own), ['Authorization', 'Basic eDp5'], ['Authorization', 'key-123']]) {
      const { told, status } = await decided(headers);
      expect(status).toBe(401);
      expect(told).toContain('X-Serverless-Authorization');
    }
  });

  test('10: nobody granted it, or another role was granted', async () => {
    expect(await decided([])).toMatchObject({ status: 403, rule: 'no-credentials' });
    const token = await forAudience(base);
    const stranger = authorization(await gates.cloud.idToken('stranger', base));
    gates.cloud.policies.grant('services/closed', 'roles/run.viewer', 'allAuthenticatedUsers');
    const itself = authorization(await gates.cloud.idToken('closed', base));
    const [forNobody, forItself] = [await decided(stranger), await decided(itself)];
    for (const { told, ...verdict } of [forNobody, forItself]) {
      expect(verdict).toEqual({ status: 403, rule: 'not-an-invoker' });
      expect(told).toContain('only roles/run.viewer');
    }
    expect(forNobody.told).toMatch(/Nothing: the stranger stands for everybody .* in its calls\.$/);
    expect(forItself.told).toMatch(
      /gcloud run services add-iam-policy-binding closed .*--role=roles\/run\.invoker --project=\S+ \(it counts after about 2 minutes/,
    );
    const never = { title: 'never', expression: 'request.path == "/never"' };
    gates.cloud.policies.revoke('services/closed', 'roles/run.viewer', 'allAuthenticatedUsers');
    gates.cloud.policies.grant('services/closed', 'roles/run.invoker', 'allAuthenticatedUsers', never);
    expect((await decided(stranger)).told).toContain('roles/run.invoker (on the condition "never")');
    expect(await decided(token)).toMatchObject({ status: 200 });
  });
});
