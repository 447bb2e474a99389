import { describe, expect } from 'vitest';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const app = (_request: unknown, response: { end(text: string): unknown }) => void response.end('from the app');
const GCLOUD = '32555940559.apps.googleusercontent.com';
const bearer = (token: string) => ['Authorization', `Bearer ${token}`];

describe('tags', () => {
  const tagged = () => gateCloud({ app, gate: { services: { closed: { tags: ['blue', 'v2'] } } } });

  verifies('gate:tag-host', 'by the base audience, at every tag and both host names', async () => {
    await using gates = await tagged();
    const good = await gates.bearer('open', 'closed');
    for (const host of gates.cloud.service('closed').hosts)
      for (const tag of ['blue', 'v2'])
        expect((await rawRequest(`${gates.url('closed')}/`, ['Host', `${tag}---${host}`, ...good])).status).toBe(200);
    expect((await rawRequest(`${gates.url('closed')}/`, good)).status).toBe(200);
  });

  verifies('gate:tag-audience', 'at the base and at the tag', async () => {
    await using gates = await tagged();
    for (const host of gates.cloud.service('closed').hosts) {
      const token = await gates.cloud.idToken('open', `https://blue---${host}`);
      for (const at of [host, `blue---${host}`])
        expect((await rawRequest(`${gates.url('closed')}/`, ['Host', at, ...bearer(token)])).status).toBe(401);
    }
    expect(gates.newest()).toMatchObject({ rule: 'wrong-audience' });
  });

  verifies('gate:unknown-host', 'a tag that the service has not, and near misses', async () => {
    await using gates = await tagged();
    const good = await gates.bearer('open', 'closed');
    const [host] = gates.cloud.service('closed').hosts;
    const open = gates.cloud.service('open').hosts[0];
    for (const at of [`green---${host}`, `---${host}`, `blue--${host}`, `blue---green---${host}`, `blue---${open}`])
      expect((await rawRequest(`${gates.url('closed')}/`, ['Host', at, ...good])).status, at).toBe(404);
    gates.cloud.service('closed').configure({ tags: [] });
    expect((await rawRequest(`${gates.url('closed')}/`, ['Host', `blue---${host}`, ...good])).status).toBe(404);
  });

  verifies('gate:default-url-disabled', 'at both hosts', async () => {
    await using gates = await tagged();
    gates.cloud.service('open').configure({ defaultUrlDisabled: true });
    for (const host of gates.cloud.service('open').hosts)
      expect((await rawRequest(`${gates.url('open')}/`, ['Host', host])).status).toBe(404);
  });
});

describe('audiences', () => {
  verifies('gate:audience-custom', 'as they stand when the request comes', async () => {
    await using gates = await gateCloud({ app });
    const token = await gates.cloud.idToken('open', 'https://api.example.com');
    const status = async () => (await rawRequest(`${gates.url('closed')}/`, bearer(token))).status;
    expect(await status()).toBe(401);
    gates.cloud.service('closed').configure({ customAudiences: ['https://api.example.com'] });
    expect(await status()).toBe(200);
    gates.cloud.service('closed').configure({ customAudiences: [] });
    expect(await status()).toBe(401);
  });

  verifies('gate:audience-host', 'the Host header never makes an audience good', async () => {
    await using gates = await gateCloud({ app });
    for (const host of ['api.example.com', 'evil.example', '127.0.0.1:1'])
      for (const audience of [`https://${host}`, `http://${host}`]) {
        const token = await gates.cloud.idToken('open', audience);
        expect((await rawRequest(`${gates.url('closed')}/`, ['Host', host, ...bearer(token)])).status).toBe(401);
      }
  });
});

describe('users', () => {
  /** What `gcloud auth print-identity-token` gives a user. */
  async function userToken(url: string, credentials: object): Promise<string> {
    const response = await fetch(`${url}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...credentials, grant_type: 'refresh_token' }),
    });
    return ((await response.json()) as { id_token: string }).id_token;
  }

  verifies('gate:gcloud-audience', 'for the very user that was granted', async () => {
    await using gates = await gateCloud({ app });
    const [dev, eve] = await Promise.all(
      ['dev@example.com', 'eve@example.com'].map(async (email) =>
        userToken(gates.cloud.url, await gates.cloud.userCredentials(email)),
      ),
    );
    const status = async (token = '') => (await rawRequest(`${gates.url('closed')}/`, bearer(token))).status;
    expect(await status(dev)).toBe(403);
    expect(gates.newest()).toMatchObject({ caller: 'dev@example.com', rule: 'not-an-invoker' });
    expect(gates.newest()?.mend).toContain('--member=user:dev@example.com');
    gates.cloud.policies.grant('services/closed', 'roles/run.invoker', 'user:dev@example.com');
    expect(await status(dev)).toBe(200);
    expect(await status(eve)).toBe(403);
    gates.cloud.policies.revoke('services/closed', 'roles/run.invoker', 'user:dev@example.com');
    expect(await status(dev)).toBe(403);
  });

  verifies('gate:gcloud-audience-users', 'a service account that asks for it gets nowhere', async () => {
    await using gates = await gateCloud({ app });
    const email = gates.cloud.service('open').listed().serviceAccount;
    gates.cloud.policies.grant('services/closed', 'roles/run.invoker', `user:${email}`);
    for (const audience of [GCLOUD, '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com']) {
      const token = await gates.cloud.idToken('open', audience);
      expect((await rawRequest(`${gates.url('closed')}/`, bearer(token))).status).toBe(401);
      expect(gates.newest()).toMatchObject({ rule: 'wrong-audience', caller: 'anonymous' });
    }
  });

  verifies('gate:gcloud-audience-users', 'another OAuth client is none of gcloud’s', async () => {
    await using gates = await gateCloud({ app });
    for (const audience of ['1234.apps.googleusercontent.com', `x${GCLOUD}`, `https://${GCLOUD}`])
      expect(
        (await rawRequest(`${gates.url('closed')}/`, bearer(await gates.cloud.idToken('open', audience)))).status,
      ).toBe(401);
  });
});
