import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminCloud, adminCloud, emailOf, project, v2 } from './admin-cloud.ts';

/** Two services that share an account, a third beside them, as they are deployed by hand. */
let admin: AdminCloud;
const shared = `serviceAccount:${emailOf('shared-run')}`;
beforeAll(async () => {
  admin = await adminCloud();
  for (const api of ['run', 'iam'])
    await admin.call('POST', `/v1/projects/${project}/services/${api}.googleapis.com:enable`, {});
  for (const accountId of ['shared-run', 'other-run'])
    await admin.call('POST', `/v1/projects/${project}/serviceAccounts`, { accountId });
  for (const [name, account] of [
    ['login', 'shared-run'],
    ['search', 'shared-run'],
    ['other', 'other-run'],
  ] as const) {
    const template = { serviceAccount: emailOf(account), containers: [{ image: name }] };
    await admin.call('POST', `${v2}/services?serviceId=${name}`, { template });
    await admin.until(`${v2}/services/${name}`, (body) => body.terminalCondition?.state === 'CONDITION_SUCCEEDED');
  }
});
afterAll(() => admin[Symbol.asyncDispose]());

const newest = () => admin.cloud.decisions.list().at(-1);
const explained = async (caller: string, receiver: string) => {
  const { body } = await admin.call('GET', `/run-edges/v1/explanations?caller=${caller}&receiver=${receiver}`);
  return body;
};

describe('services that share an account', () => {
  test('are told as what they are, refused or let in', async () => {
    expect(await admin.gateStatus('search', 'other')).toBe(403);
    expect(newest()).toMatchObject({
      caller: 'login or search',
      mend: expect.stringMatching(/^gcloud run services add-iam-policy-binding other .*shared-run/),
    });
    admin.cloud.policies.grant('services/other', 'roles/run.invoker', shared);
    for (const caller of ['login', 'search']) {
      expect(await admin.gateStatus(caller, 'other')).toBe(200);
      expect(newest()).toMatchObject({
        caller: 'login or search',
        reason: `${shared} holds roles/run.invoker on other`,
      });
    }
    expect((await explained('login', 'other')).mend).toContain('(search runs as the same account)');
    admin.cloud.policies.revoke('services/other', 'roles/run.invoker', shared);
  });
});

describe('a grant that decides', () => {
  test('by a role of the project is named, and the mend takes that away', async () => {
    admin.cloud.policies.grant('project', 'roles/editor', shared);
    expect(await admin.gateStatus('login', 'other')).toBe(200);
    expect(newest()).toMatchObject({ rule: 'invoker', reason: `${shared} holds roles/editor on the project` });
    const { reason, mend } = await explained('login', 'other');
    expect(reason).toContain(`${shared} holds roles/editor on the project`);
    expect(mend).toContain(
      `gcloud projects remove-iam-policy-binding ${project} --member=${shared} --role=roles/editor --all`,
    );
    admin.cloud.policies.revoke('project', 'roles/editor', shared);
    expect(await admin.gateStatus('login', 'other')).toBe(403);
  });

  test('under a condition is named with it, there where it holds, and where it does not', async () => {
    const condition = { title: 'health', expression: 'request.path.startsWith("/health/")' };
    admin.cloud.policies.grant('services/other', 'roles/run.invoker', shared, condition);
    const { url } = admin.cloud.service('other');
    const headers = { authorization: `Bearer ${await admin.cloud.idToken('login', url)}` };
    expect((await fetch(`${url}/health/live`, { headers })).status).toBe(200);
    expect(newest()?.reason).toBe(`${shared} holds roles/run.invoker (on the condition "health") on other`);
    expect((await fetch(`${url}/people`, { headers })).status).toBe(403);
    expect(newest()).toMatchObject({
      reason: expect.stringMatching(
        /only roles\/run\.invoker \(on the condition "health"\), which does not hold for \/people now$/,
      ),
      // Without it gcloud asks which condition is meant.
      mend: expect.stringContaining('--role=roles/run.invoker --condition=None --project='),
    });
    admin.cloud.policies.revoke('services/other', 'roles/run.invoker', shared);
  });
});

test('the stranger of an empty project is there for as long as its account is', async () => {
  const listed = async () => {
    const { body } = await admin.call('GET', '/run-edges/v1/principals');
    return (body.principals as { name: string; metadataHost: string }[]).filter(({ name }) => name === 'stranger');
  };
  const accounts = `/v1/projects/${project}/serviceAccounts`;
  expect(await listed()).toEqual([]);
  for (let time = 0; time < 2; time++) {
    await admin.call('POST', accounts, { accountId: 'stranger' });
    await expect.poll(listed).toHaveLength(1);
    expect(await admin.gateStatus('stranger', 'other')).toBe(403);
    expect(newest()).toMatchObject({ caller: 'stranger', mend: expect.stringMatching(/^Nothing: the stranger/) });
    await admin.call('DELETE', `${accounts}/${emailOf('stranger')}`);
    await expect.poll(listed).toEqual([]);
  }
});
