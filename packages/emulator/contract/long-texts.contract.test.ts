import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { emailOf, knative, namespace, preparedCloud, project } from './admin-cloud.ts';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';

/** Each of these kept the process busy for seconds to hours, for every caller. */
describe('a long text that nearly is something is refused or passed on as soon as a short one', () => {
  const n = 60_000;
  test.each([
    ['a', 'a'.repeat(n)],
    ['a.', `a.${'a'.repeat(n)}`],
    ['dots', '.'.repeat(n)],
    ['pairs', 'a.'.repeat(n / 2)],
    ['words', 'a,'.repeat(n / 2)],
    ['blanks', `Bearer${' '.repeat(n)}a`],
    ['Bearer', 'Bearer '.repeat(n / 7)],
  ])('in every header that a gate reads: %s', async (_what, value) => {
    const server = createServer({ maxHeaderSize: 128 * 1024 }, (_request, response) => void response.end('seen'));
    await using gates = await gateCloud({ server });
    const names = [
      ...['X-Serverless-Authorization', 'Authorization', 'X-Forwarded-For', 'Traceparent', 'X-Cloud-Trace-Context'],
      ...['Connection', 'Forwarded', 'Expect', 'Upgrade', 'TE', 'Content-Type', 'Cookie', 'User-Agent'],
    ];
    for (const receiver of ['open', 'closed'])
      for (const name of names) {
        const answer = await rawRequest(`${gates.url(receiver)}/x`, [name, value]);
        expect(answer.status, name).toBeGreaterThanOrEqual(200);
      }
    const answer = await rawRequest(`${gates.url('open')}/x`, ['X-Serverless-Authorization', value]);
    expect(answer).toMatchObject({ status: 200, body: 'seen' });
  });

  test('in what is deployed, granted, trusted and looked for', async () => {
    await using admin = await preparedCloud();
    const long = (part: string, end = '!') => part.repeat(200_000 / part.length) + end;
    const texts = ['a', ':', '@', '/', '.', '-', 'a/', 'a:', '::', '66/', 'user:', '?uid=1', '=', ' '].map((part) =>
      long(part),
    );
    for (const text of texts) {
      const bindings = [{ role: 'roles/run.invoker', members: [`deleted:user:a@${text}`, `user:${text}`, text] }];
      const calls: readonly (readonly [string, string, unknown])[] = [
        ['POST', `${namespace}/services`, knative('search', { image: text })],
        ['POST', `${namespace}/services`, knative('search', { env: [{ name: text, value: '' }] })],
        ['POST', `${namespace}/services`, knative('search', { revision: `search-${text}` })],
        ['POST', `${namespace}/services`, knative(text, { image: 'search' })],
        ['POST', `/v1/projects/${project}:setIamPolicy`, { policy: { bindings } }],
        ['POST', `/v1/projects/${project}:setIamPolicy`, { policy: { bindings: [{ role: text, members: [] }] } }],
        ['POST', `/v1/projects/${project}/serviceAccounts`, { accountId: text }],
        [
          'POST',
          `/v1/projects/-/serviceAccounts/${emailOf('search-run')}:generateAccessToken`,
          { scope: ['a'], lifetime: text },
        ],
        ['POST', '/v1/token', { grantType: 'urn:ietf:params:oauth:grant-type:token-exchange', audience: text }],
        ['POST', '/token', { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: text }],
        ['POST', '/run-edges/v1/tokens/inspect', { token: text.slice(0, 16_000) }],
      ];
      const as = { bearer: admin.cloud.developerToken };
      expect((await admin.call('POST', '/run-edges/v1/credentials', { email: text }, as)).status).toBe(400);
      for (const [method, path, body] of calls) {
        const { status } = await admin.call(method, path, body);
        if (path.endsWith('inspect')) expect(status).toBe(200);
        else expect([400, 401, 403, 404, 409], `${path} ${text.slice(0, 6)}`).toContain(status);
      }
    }
  });

  test('in the audience of a token', async () => {
    await using gates = await gateCloud({ app: (_request, response) => void response.end() });
    for (const audience of [`https://s${'---s'.repeat(1200)}\n`, `https://${'a.'.repeat(2400)}`, '/'.repeat(5000)]) {
      const token = await gates.cloud.idToken('open', audience);
      expect((await rawRequest(gates.url('closed'), ['Authorization', `Bearer ${token}`])).status).toBe(401);
    }
  });
});

test('what a public service gets of X-Serverless-Authorization has no signature, wherever the token stands in it', async () => {
  await using gates = await gateCloud({
    app: (request, response) => void response.end(request.headers['x-serverless-authorization']),
  });
  const removed = 'SIGNATURE_REMOVED_BY_GOOGLE';
  for (const [sent, seen] of [
    ['Bearer a.b.c', `Bearer a.b.${removed}`],
    ['Bearer a.b.c, Bearer d.e.f', `Bearer a.b.${removed}, Bearer d.e.${removed}`],
    ['a.b.c.d.e', `a.b.${removed}`],
    ['..a.b.c', `..a.b.${removed}`],
    ['a..b.c.d', `a..b.c.${removed}`],
    ['a.b', 'a.b'],
    ['a.b.', `a.b.${removed}`],
    ['a..b', 'a..b'],
  ] as const)
    expect((await rawRequest(gates.url('open'), ['X-Serverless-Authorization', sent])).body).toBe(seen);
});
