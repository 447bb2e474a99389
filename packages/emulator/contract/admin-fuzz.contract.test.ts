import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { emailOf, isReady, knative, namespace, preparedCloud, project, v1, v2 } from './admin-cloud.ts';
import { verifies } from './verifies.ts';

/** Requests in all; `RUN_EDGES_FUZZ=50000` for the long run. */
const requests = Number(process.env.RUN_EDGES_FUZZ ?? 2000);
const AT_ONCE = 8;

const name = fc.oneof(
  fc.constantFrom('search', 'x', emailOf('search-run'), 'pool', project),
  fc.constantFrom(
    'search',
    'x',
    '',
    '-',
    'a:b',
    ':',
    '__proto__',
    'constructor',
    '%00',
    '%2e%2e',
    '%',
    'a'.repeat(400),
  ),
  fc.constantFrom(
    emailOf('search-run'),
    emailOf('login-run'),
    'run.googleapis.com',
    'search-00001-abc',
    project,
    '100000000001',
  ),
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
);
const method = fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE');
const custom = fc.constantFrom(
  '',
  '',
  '',
  ':getIamPolicy',
  ':setIamPolicy',
  ':testIamPermissions',
  ':enable',
  ':wait',
  ':generateIdToken',
);
const folder = fc.constantFrom(
  `${namespace}/services`,
  `${namespace}/revisions`,
  `${v1}/services`,
  `${v1}/operations`,
  `${v2}/services`,
  `${v2}/services/search/revisions`,
  `${v2}/operations`,
  `/v1/projects/${project}/serviceAccounts`,
  `/v1/projects/${project}/serviceAccounts/${emailOf('search-run')}/keys`,
  `/v1/projects/${project}/services`,
  `/v1/projects/${project}/locations/global/workloadIdentityPools`,
  `/v1/projects/${project}/locations/global/workloadIdentityPools/pool/providers`,
  '/v1/projects',
  '/v3/projects',
  '/v1/projects/-/serviceAccounts',
);
const query = fc.oneof(
  fc.constant(''),
  fc.constant(''),
  fc.constantFrom(
    '?alt=json&fields=name',
    '?dryRun=all',
    '?serviceId=x',
    '?serviceId=search&serviceId=x',
    '?updateMask=template.timeout,labels',
    '?updateMask=template.containers.x',
    '?allowMissing=true&validateOnly=true',
    '?pageSize=-1&pageToken=x',
  ),
  fc.constantFrom('?labelSelector=a', '?options.requestedPolicyVersion=9', '?workloadIdentityPoolId=pool', '?etag=x'),
);
/** A collection is read and added to; what is in it is read, changed, asked something and deleted. */
const target = fc
  .record({ folder, name, custom, query, method, deep: fc.boolean(), adds: fc.boolean() })
  .map(({ folder, name, custom, query, method, deep, adds }) => ({
    method: deep ? (custom === '' ? method : 'POST') : adds ? 'POST' : 'GET',
    path: `${folder}${deep ? `/${name}${custom}` : ''}${query}`,
  }));

const service = { template: { serviceAccount: emailOf('search-run'), containers: [{ image: 'search' }] }, ingress: 1 };
const valid = fc.constantFrom<unknown>(
  knative('search'),
  knative('x', {
    image: 'other',
    serviceAccountName: '',
    env: [{ name: 'A', value: 'b' }],
    traffic: [{ percent: 100 }],
  }),
  service,
  { ...service, traffic: [{ type: 1, percent: 100, tag: 'a' }], labels: { a: 'b' }, scaling: { minInstanceCount: 1 } },
  { policy: { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }], version: 3 } },
  { accountId: 'another-run', serviceAccount: { displayName: 'x' } },
  {
    oidc: { issuerUri: 'https://x.example', jwksJson: '{"keys":[{"kty":"x"}]}' },
    attributeMapping: { 'google.subject': 'assertion.sub' },
  },
  { permissions: ['run.services.get'] },
  { serviceIds: ['run.googleapis.com'] },
  { audience: 'x', scope: ['x'], lifetime: '9s', delegates: [1] },
);
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, [], {}, '', 0, -1, 1e99, true, '\0', [null], { __proto__: null }, 'x'.repeat(5000)),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A valid body with one value, somewhere in it, that is odd. */
const nearMiss = fc.tuple(valid, odd, fc.array(fc.nat({ max: 5 }), { maxLength: 6 })).map(([body, value, way]) => {
  const copy = structuredClone({ body }) as Record<string, unknown>;
  let at: Record<string, unknown> = copy;
  let key = 'body';
  for (const step of way) {
    const next = at[key];
    if (typeof next !== 'object' || next === null || Object.keys(next).length === 0) break;
    at = next as Record<string, unknown>;
    key = Object.keys(at)[step % Object.keys(at).length] as string;
  }
  at[key] = value;
  return copy.body;
});
const body = fc.oneof(
  valid,
  nearMiss,
  nearMiss,
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '{',
    '',
    'x',
    '{"a":1}x',
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":1}}',
    '[[[[[',
  ),
);

describe('the admin APIs', () => {
  verifies(
    'admin:fuzz',
    `${requests} calls with odd names, methods and bodies, and what is well stays well`,
    async () => {
      const unhandled: unknown[] = [];
      const onUnhandled = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', onUnhandled);
      await using admin = await preparedCloud();
      const samples = fc.sample(fc.record({ target, body }), { numRuns: requests, seed: 7 });
      const bad: string[] = [];
      const statuses = new Map<number, number>();
      let next = 0;
      const caller = async () => {
        for (let index = next++; index < samples.length; index = next++) {
          const { target, body } = samples[index] as (typeof samples)[number];
          const { method, path } = target;
          const sent = method === 'GET' ? undefined : body;
          const answer = await admin
            .call(method, path, sent)
            .catch((error: Error) => ({ status: 599, body: error.message }));
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          const isError = answer.status >= 400;
          const shaped =
            !isError || (answer.body.error?.code === answer.status && typeof answer.body.error.status === 'string');
          if ((answer.status >= 500 && answer.status !== 501) || !shaped)
            bad.push(`${method} ${path} ${JSON.stringify(sent)} ${answer.status} ${JSON.stringify(answer.body)}`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, caller));
      expect(bad.slice(0, 10)).toEqual([]);

      const fresh = { accountId: 'fresh-run' };
      await admin.call('POST', `/v1/projects/${project}/services:batchEnable`, {
        serviceIds: ['run.googleapis.com', 'iam.googleapis.com'],
      });
      expect((await admin.call('POST', `/v1/projects/${project}/serviceAccounts`, fresh)).status).toBe(200);
      const made = await admin.call('POST', `${namespace}/services`, knative('fresh', { image: 'search' }));
      expect(made.status, JSON.stringify(made.body)).toBe(200);
      await admin.until(`${namespace}/services/fresh`, isReady);
      process.off('unhandledRejection', onUnhandled);
      expect(unhandled).toEqual([]);
      expect(Object.prototype).not.toHaveProperty('a');
      console.log(
        `admin fuzz: ${requests} calls, ${[...statuses]
          .sort()
          .map(([status, count]) => `${count} x ${status}`)
          .join(', ')}`,
      );
    },
    600_000,
  );
});
