import { describe, expect, onTestFinished, test } from 'vitest';
import type { EmulatorOptions } from '../src/index.ts';
import { echoCloud } from './echo-cloud.ts';
import { verifies } from './verifies.ts';

const search = 'projects/run-edges-local/locations/us-central1/services/search';
const role = 'roles/run.invoker';
const conditional = {
  role,
  members: ['allUsers'],
  condition: { title: 'hook', expression: 'request.path == "/hook"' },
};

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted
  readonly body: any;
}

/** The policy API of one service, as the developer calls it. */
async function policyApi(options: Partial<EmulatorOptions> = {}) {
  const echo = await echoCloud(options);
  onTestFinished(() => echo[Symbol.asyncDispose]());
  const user = await echo.cloud.userCredentials('developer@example.com');
  const body = new URLSearchParams({ ...user, grant_type: 'refresh_token' });
  const { access_token: token } = (await (await fetch(`${echo.cloud.url}/token`, { method: 'POST', body })).json()) as {
    access_token: string;
  };
  const call = async (path: string, sent?: object): Promise<Answer> => {
    const response = await fetch(`${echo.cloud.url}${path}`, {
      method: sent === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    return { status: response.status, body: await response.json() };
  };
  return {
    echo,
    get: (query = '') => call(`/v1/${search}:getIamPolicy${query}`),
    set: (policy: object, more: object = {}) => call(`/v1/${search}:setIamPolicy`, { policy, ...more }),
    call,
  };
}

describe('versions of a policy', () => {
  verifies('policy:requested-version', 'by query and by body, and no version that there is not', async () => {
    const { get, set, call } = await policyApi();
    await set({ bindings: [conditional, { role: 'roles/run.viewer', members: ['allUsers'] }], version: 3 });
    const whole = (await get('?options.requestedPolicyVersion=3')).body;
    expect(whole).toMatchObject({ version: 3, bindings: [conditional, { role: 'roles/run.viewer' }] });
    for (const query of ['', '?options.requestedPolicyVersion=0', '?options.requestedPolicyVersion=1']) {
      const { body } = await get(query);
      expect(body).toMatchObject({ version: 1, etag: whole.etag });
      expect(body.bindings).toEqual([
        { role: expect.stringMatching(/^roles\/run\.invoker_withcond_[0-9a-f]{20}$/), members: ['allUsers'] },
        { role: 'roles/run.viewer', members: ['allUsers'] },
      ]);
    }
    const path = `/v2/${search}:getIamPolicy`;
    expect((await call(path, { options: { requestedPolicyVersion: 3 } })).body).toEqual(whole);
    for (const version of [2, 4, 'x'])
      expect((await get(`?options.requestedPolicyVersion=${version}`)).status).toBe(400);
  });

  verifies('policy:version-1-drops', 'so that who reads and writes back loses nothing unseen', async () => {
    const { get, set } = await policyApi();
    await set({ bindings: [conditional], version: 3 });
    const seen = (await get()).body;
    expect(await set({ ...seen, bindings: [] })).toMatchObject({
      status: 400,
      body: { error: { status: 'INVALID_ARGUMENT' } },
    });
    expect((await get('?options.requestedPolicyVersion=3')).body.bindings).toEqual([conditional]);
    const { etag } = seen;
    expect((await set({ bindings: [conditional], version: 3, etag })).status).toBe(200);
    expect((await set({ bindings: [{ role, members: ['allUsers'] }], version: 1 })).body).toMatchObject({
      version: 1,
      bindings: [{ role, members: ['allUsers'] }],
    });
  });

  verifies('policy:etag', 'also when nothing else does', async () => {
    const { get, set } = await policyApi();
    const etags = new Set<string>();
    for (let count = 0; count < 5; count++) {
      const { etag, bindings } = (await get()).body;
      expect(Buffer.from(etag, 'base64').toString('base64')).toBe(etag);
      etags.add(etag);
      await set({ bindings, etag });
    }
    expect(etags.size).toBe(5);
  });
});

describe('what a policy may hold', () => {
  verifies('policy:update-mask', 'named or not', async () => {
    const { get, set } = await policyApi();
    const before = (await get()).body;
    for (const updateMask of ['etag', 'version,etag', 'auditConfigs'])
      expect((await set({ bindings: [] }, { updateMask })).body.bindings).toEqual(before.bindings);
    for (const updateMask of ['bindings', 'bindings,etag', 'bindings,etag,version'])
      expect((await set({ bindings: [{ role, members: ['allUsers'] }] }, { updateMask })).body.bindings).toEqual([
        { role, members: ['allUsers'] },
      ]);
  });

  verifies('policy:limits', 'and not one more', async () => {
    const { set } = await policyApi();
    const members = (kind: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${kind}:m${index}@example.com`);
    const status = async (kind: string, count: number) =>
      (await set({ bindings: [{ role, members: members(kind, count) }] })).status;
    expect(await status('user', 1500)).toBe(200);
    expect(await status('user', 1501)).toBe(400);
    expect(await status('group', 250)).toBe(200);
    expect(await status('group', 251)).toBe(400);
  });

  verifies('policy:public-blocked', 'and everybody with an account, too', async () => {
    const blocked = await policyApi({ google: { domainRestrictedSharing: true } });
    for (const member of ['allUsers', 'allAuthenticatedUsers'])
      expect(await blocked.set({ bindings: [{ role, members: [member] }] })).toMatchObject({
        status: 400,
        body: {
          error: {
            code: 400,
            status: 'FAILED_PRECONDITION',
            message: 'One or more users named in the policy do not belong to a permitted customer.',
          },
        },
      });
    expect((await blocked.set({ bindings: [{ role, members: ['user:ada@example.com'] }] })).status).toBe(200);
    const usual = await policyApi();
    expect((await usual.set({ bindings: [{ role, members: ['allUsers'] }] })).status).toBe(200);
  });

  verifies('policy:unknown-role', 'in a well-formed name', async () => {
    const { set } = await policyApi();
    expect((await set({ bindings: [{ role: 'roles/run.invokerr', members: ['allUsers'] }] })).status).toBe(400);
  });

  verifies('policy:unknown-user', 'with a well-formed e-mail', async () => {
    const { set } = await policyApi();
    expect((await set({ bindings: [{ role, members: ['user:nobody-at-all@example.com'] }] })).status).toBe(400);
  });
});

describe('writes of one policy that are under way together', () => {
  const member = (count: number) => ({ role, members: [`user:m${count}@example.com`] });

  test('and have read the same: one stands, and the others are told to read again', async () => {
    const { get, set } = await policyApi();
    const { etag } = (await get()).body;
    const writes = Array.from({ length: 10 }, (_, count) => set({ bindings: [member(count)], etag }));
    const answers = await Promise.all(writes);
    const stands = answers.filter(({ status }) => status === 200);
    expect(stands).toHaveLength(1);
    expect((await get()).body).toEqual(stands[0]?.body);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(answer).toMatchObject({ status: 409, body: { error: { status: 'ABORTED' } } });
  });

  test('of which one has not seen the conditions: it is refused, and they stay', async () => {
    const { get, set } = await policyApi();
    const written = await set({ bindings: [conditional], version: 3 });
    const { etag, bindings } = (await get()).body;
    for (const version of [undefined, 0, 1]) {
      // What it saw of them is written back as it was seen, or left out.
      for (const sent of [bindings, [member(1)], []]) {
        const answer = await set({ bindings: sent, etag, ...(version === undefined ? {} : { version }) });
        expect(answer).toMatchObject({ status: 400, body: { error: { status: 'INVALID_ARGUMENT' } } });
      }
    }
    expect((await get('?options.requestedPolicyVersion=3')).body).toEqual(written.body);
  });

  test('with a regular expression that backtracks, or that RE2 has not: 400', async () => {
    const { get, set } = await policyApi();
    const before = (await get()).body;
    for (const pattern of ['(?=a)', '(a)\\\\1', '(?<!a)b', '[', 'a{1001}']) {
      const condition = { title: 'none', expression: `request.path.matches("${pattern}")` };
      expect(await set({ bindings: [{ ...member(1), condition }], version: 3 })).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('"none"') } },
      });
    }
    expect((await get()).body).toEqual(before);
  });

  test('that exclude a path are warned of, where they are written and where they are explained', async () => {
    const warnings: string[] = [];
    const { echo, set, call } = await policyApi({ onWarning: (warning) => warnings.push(warning) });
    const condition = { title: 'all but one', expression: 'request.path != "/secret"' };
    expect((await set({ bindings: [{ ...member(1), condition }], version: 3 })).status).toBe(200);
    expect(warnings).toEqual([expect.stringContaining('"all but one"')]);
    const { body } = await call('/run-edges/v1/explanations?caller=login&receiver=search');
    expect(body.invokers[0]).toMatch(/all but one", which says what is not meant: \/%73ecret/);
    expect(echo.cloud.decisions.list()).toEqual([]);
  });
});
