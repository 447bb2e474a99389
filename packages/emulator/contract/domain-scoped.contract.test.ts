import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const project = { id: 'example.com:app', number: '300000000003', region: 'europe-west1' };
const emailOf = (id: string) => `${id}@app.example.com.iam.gserviceaccount.com`;

let gates: GateCloud;
let bearer: string;
beforeAll(async () => {
  gates = await gateCloud({ project, app: (_request, response) => void response.end('from the app') });
  const user = await gates.cloud.userCredentials('developer@example.com');
  const body = new URLSearchParams({ ...user, grant_type: 'refresh_token' });
  const response = await fetch(`${gates.cloud.url}/token`, { method: 'POST', body });
  bearer = ((await response.json()) as { access_token: string }).access_token;
});
afterAll(() => gates[Symbol.asyncDispose]());

async function call(method: string, path: string, body?: object) {
  const response = await fetch(`${gates.cloud.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted
  return { status: response.status, body: (await response.json()) as any };
}

describe('a project of a domain', () => {
  verifies('iam:domain-scoped', 'in tokens, policies and at the metadata server, and the gate knows them', async () => {
    expect(gates.cloud.principals.map(({ account }) => account.email)).toEqual(
      ['open-run', 'closed-run', 'stranger'].map(emailOf),
    );
    const token = await gates.cloud.idToken('open', gates.url('closed'));
    expect(decodeJwt(token)).toMatchObject({ email: emailOf('open-run') });
    expect((await rawRequest(gates.url('closed'), ['Authorization', `Bearer ${token}`])).status).toBe(200);
    expect(gates.cloud.policies.read('services/closed').bindings).toEqual([
      { role: 'roles/run.invoker', members: [`serviceAccount:${emailOf('open-run')}`] },
    ]);
    const { metadataHost } = gates.cloud.service('open').listed();
    const tree = `http://${metadataHost}/computeMetadata/v1`;
    for (const [path, value] of [
      ['instance/service-accounts/default/email', emailOf('open-run')],
      ['project/project-id', project.id],
    ])
      expect((await rawRequest(`${tree}/${path}`, ['Metadata-Flavor', 'Google'])).body).toBe(value);
    const key = await gates.cloud.serviceAccountKey('open');
    expect(key).toMatchObject({ client_email: emailOf('open-run'), project_id: project.id });
  });

  verifies('iam:domain-scoped', 'at the admin APIs, whose paths have a colon of their own', async () => {
    for (const id of [project.id, encodeURIComponent(project.id), project.number]) {
      expect((await call('GET', `/v1/projects/${id}`)).body).toMatchObject({ projectId: project.id });
      expect((await call('GET', `/v3/projects/${id}`)).body).toMatchObject({ projectId: project.id });
      expect((await call('POST', `/v1/projects/${id}:getIamPolicy`, {})).body.bindings).toHaveLength(1);
      const at = `/v1/projects/${id}/serviceAccounts`;
      expect((await call('GET', `${at}/${emailOf('closed-run')}`)).body).toMatchObject({
        name: `projects/${project.id}/serviceAccounts/${emailOf('closed-run')}`,
      });
      for (const path of [
        `/v1/projects/${id}/locations/europe-west1/services/closed`,
        `/v2/projects/${id}/locations/europe-west1/services/closed`,
        `/apis/serving.knative.dev/v1/namespaces/${id}/services/closed`,
      ])
        expect((await call('GET', path)).status, path).toBe(200);
    }
    const made = await call('POST', `/v1/projects/${project.id}/serviceAccounts`, { accountId: 'fresh-run' });
    expect(made.body).toMatchObject({ email: emailOf('fresh-run'), projectId: project.id });
    for (const elsewhere of ['app', 'example.com', 'example.com:other', 'app.example.com'])
      expect((await call('GET', `/v1/projects/${elsewhere}`)).status, elsewhere).toBe(403);
  });

  verifies('iam:domain-scoped', 'and an account that is not there is refused by its whole name', async () => {
    const path = `/v2/projects/${project.id}/locations/europe-west1/services/closed:setIamPolicy`;
    const grant = (email: string) =>
      call('POST', path, {
        policy: { bindings: [{ role: 'roles/run.invoker', members: [`serviceAccount:${email}`] }] },
      });
    expect((await grant(emailOf('nobody-run'))).body.error).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: `Service account ${emailOf('nobody-run')} does not exist.`,
    });
    expect((await grant(emailOf('open-run'))).status).toBe(200);
  });
});
