import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const emailOf = (name: string) => `${name}-run@run-edges-local.iam.gserviceaccount.com`;
const invoker = 'roles/run.invoker';
const resource = 'services/search';

let echo: EchoCloud;
beforeAll(async () => {
  echo = await echoCloud({ groups: { 'team@example.com': [`serviceAccount:${emailOf('login')}`] } });
});
afterAll(() => echo[Symbol.asyncDispose]());

async function statusOf(caller: string | undefined, path = '/x'): Promise<number> {
  const { url } = echo.cloud.service('search');
  const headers = caller === undefined ? [] : ['Authorization', `Bearer ${await echo.cloud.idToken(caller, url)}`];
  return (await rawRequest(`${url}${path}`, headers)).status;
}

/** Grants, looks, revokes, looks again. */
async function whileGranted(
  at: 'services/search' | 'project',
  role: string,
  member: string,
  look: () => Promise<void>,
) {
  echo.cloud.policies.grant(at, role, member);
  await look();
  echo.cloud.policies.revoke(at, role, member);
  expect(await statusOf('login')).toBe(403);
}

describe('IAM at the gate', () => {
  verifies('iam:roles', 'and viewer does not', async () => {
    for (const role of [
      invoker,
      'roles/run.servicesInvoker',
      'roles/run.admin',
      'roles/run.developer',
      'roles/editor',
      'roles/owner',
    ])
      await whileGranted(resource, role, `serviceAccount:${emailOf('login')}`, async () =>
        expect(await statusOf('login'), role).toBe(200),
      );
    for (const role of [
      'roles/viewer',
      'roles/run.viewer',
      'roles/iam.serviceAccountTokenCreator',
      'roles/storage.admin',
    ])
      await whileGranted(resource, role, `serviceAccount:${emailOf('login')}`, async () =>
        expect(await statusOf('login'), role).toBe(403),
      );
  });

  verifies('iam:inherited', 'to every service of the project', async () => {
    await whileGranted('project', invoker, `serviceAccount:${emailOf('login')}`, async () =>
      expect(await statusOf('login')).toBe(200),
    );
  });

  verifies('iam:members', 'of each kind, and only who is meant', async () => {
    const lets: [string, Record<string, number>][] = [
      [`serviceAccount:${emailOf('login')}`, { login: 200, stranger: 403, anonymous: 403 }],
      ['allAuthenticatedUsers', { login: 200, stranger: 200, anonymous: 403 }],
      ['allUsers', { login: 200, stranger: 200, anonymous: 200 }],
      ['group:team@example.com', { login: 200, stranger: 403, anonymous: 403 }],
      [`user:${emailOf('login')}`, { login: 403, anonymous: 403 }],
      ['domain:run-edges-local.iam.gserviceaccount.com', { login: 403, anonymous: 403 }],
      [`deleted:serviceAccount:${emailOf('login')}?uid=1`, { login: 403 }],
    ];
    for (const [member, expected] of lets)
      await whileGranted(resource, invoker, member, async () => {
        for (const [caller, status] of Object.entries(expected))
          expect(await statusOf(caller === 'anonymous' ? undefined : caller), `${caller} as ${member}`).toBe(status);
      });
  });

  verifies('iam:conditions', 'on path and time, for a webhook of everybody too', async () => {
    const onPath = { title: 'webhook', expression: 'request.path == "/handleEvent"' };
    echo.cloud.policies.grant(resource, invoker, 'allUsers', onPath);
    expect(await statusOf(undefined, '/handleEvent?x=1')).toBe(200);
    for (const path of ['/', '/handleEvent/', '/handleevent', '/x?/handleEvent'])
      expect(await statusOf(undefined, path)).toBe(403);
    echo.cloud.policies.revoke(resource, invoker, 'allUsers');

    const past = { title: 'past', expression: 'request.time < timestamp("2020-01-01T00:00:00Z")' };
    echo.cloud.policies.grant(resource, invoker, `serviceAccount:${emailOf('login')}`, past);
    expect(await statusOf('login')).toBe(403);
    const here = {
      title: 'here',
      expression: 'resource.name.endsWith("/services/search") && resource.type == "run.googleapis.com/Service"',
    };
    echo.cloud.policies.grant(resource, invoker, `serviceAccount:${emailOf('login')}`, here);
    expect(await statusOf('login')).toBe(200);
    echo.cloud.policies.revoke(resource, invoker, `serviceAccount:${emailOf('login')}`);
  });

  verifies('iam:never-set', 'and etags guard read-modify-write', () => {
    expect(echo.cloud.policies.read('serviceAccounts/none@x.iam.gserviceaccount.com')).toEqual({
      version: 1,
      etag: 'ACAB',
      bindings: [],
    });
    const { etag } = echo.cloud.policies.read(resource);
    echo.cloud.policies.grant(resource, 'roles/run.viewer', 'allUsers');
    expect(() => echo.cloud.policies.write(resource, { bindings: [], etag })).toThrow(
      'There were concurrent policy changes.',
    );
    echo.cloud.policies.revoke(resource, 'roles/run.viewer', 'allUsers');
  });
});
