import { describe, expect } from 'vitest';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const edges = `
services:
  open: { public: true, calls: [inner, balanced] }
  inner: { ingress: internal }
  balanced: { ingress: internal-and-cloud-load-balancing }
  shared: { ingress: internal, public: true }
`;
let reached = 0;
const app = (_request: unknown, response: { end(text: string): unknown }) => {
  reached++;
  response.end('from the app');
};

describe('ingress', () => {
  verifies('gate:ingress', 'without a token, with a bad one, whoever the request claims to be', async () => {
    await using gates = await gateCloud({ edges, app });
    reached = 0;
    const dev = await gates.cloud.userCredentials('dev@example.com');
    const { id_token: user } = (await (
      await fetch(`${gates.cloud.url}/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...dev, grant_type: 'refresh_token' }),
      })
    ).json()) as { id_token: string };
    for (const service of ['inner', 'balanced', 'shared'])
      for (const headers of [
        [],
        ['Authorization', 'Bearer a.b.c'],
        ['Authorization', `Bearer ${user}`],
        ['X-Forwarded-For', '10.0.0.1'],
        ['Forwarded', 'for=10.0.0.1'],
        ['X-Forwarded-For', '127.0.0.1', 'Via', '1.1 google'],
      ]) {
        const answer = await rawRequest(`${gates.url(service)}/`, headers);
        expect(answer.status, service).toBe(404);
        expect(answer.body).toContain('<h1>Error: Page not found</h1>');
        expect(answer.headers['www-authenticate']).toBeUndefined();
        expect(gates.newest()).toMatchObject({ receiver: service, status: 404, rule: 'ingress', caller: 'anonymous' });
      }
    expect(reached).toBe(0);
  });

  verifies('gate:not-found-page', 'whatever is asked for, by whatever method', async () => {
    await using gates = await gateCloud({ edges, app });
    const { body } = await rawRequest(`${gates.url('inner')}/`);
    expect(Buffer.byteLength(body)).toBe(272);
    expect(body).toContain('<h1>Error: Page not found</h1>\n<h2>The requested URL was not found on this server.</h2>');
    for (const path of ['/a/b?c=d', '/<script>', '/readyz', `/${'x'.repeat(1000)}`])
      for (const method of ['GET', 'POST', 'DELETE'])
        expect(await rawRequest(`${gates.url('inner')}${path}`, [], method)).toMatchObject({ status: 404, body });
    const unknown = ['Host', 'nobody-1.us-central1.run.app'];
    expect(await rawRequest(`${gates.url('inner')}/`, unknown)).toMatchObject({ status: 404, body });
  });

  verifies(
    'gate:ingress-internal',
    'and IAM still decides: 200 with the role, 403 without, 401 for another audience',
    async () => {
      await using gates = await gateCloud({ edges, app });
      const status = async (service: string, headers: string[]) =>
        (await rawRequest(`${gates.url(service)}/`, headers)).status;
      for (const service of ['inner', 'balanced']) {
        expect(await status(service, await gates.bearer('open', service))).toBe(200);
        expect(await status(service, await gates.bearer('shared', service))).toBe(403);
        expect(await status(service, await gates.bearer('stranger', service))).toBe(403);
        expect(await status(service, await gates.bearer('open', 'open'))).toBe(401);
      }
      expect(await status('shared', await gates.bearer('inner', 'shared'))).toBe(200);
    },
  );

  verifies(
    'gate:ingress-internal',
    'networks count where they are named, load balancers’ for their ingress alone',
    async () => {
      await using internal = await gateCloud({ edges, app, gate: { internal: { networks: ['127.0.0.0/8', '::1'] } } });
      expect((await rawRequest(`${internal.url('inner')}/`)).status).toBe(403);
      expect((await rawRequest(`${internal.url('shared')}/`)).status).toBe(200);
      await using balancers = await gateCloud({ edges, app, gate: { internal: { loadBalancers: ['127.0.0.1'] } } });
      expect((await rawRequest(`${balancers.url('inner')}/`)).status).toBe(404);
      expect((await rawRequest(`${balancers.url('balanced')}/`)).status).toBe(403);
      await using elsewhere = await gateCloud({ edges, app, gate: { internal: { networks: ['10.0.0.0/8'] } } });
      expect((await rawRequest(`${elsewhere.url('shared')}/`)).status).toBe(404);
      await using none = await gateCloud({ edges, app, gate: { internal: { projectTokens: false } } });
      expect((await rawRequest(`${none.url('inner')}/`, await none.bearer('open', 'inner'))).status).toBe(404);
      for (const network of ['nonsense', '10.0.0.0/99', '10.0.0.0/x'])
        await expect(gateCloud({ edges, app, gate: { internal: { networks: [network] } } })).rejects.toThrow(network);
    },
  );

  verifies('gate:iam-disabled', 'no token, a bad token, nobody in the policy; ingress still counts', async () => {
    await using gates = await gateCloud({ edges, app, gate: { services: { inner: { invokerIamDisabled: true } } } });
    expect((await rawRequest(`${gates.url('inner')}/`)).status).toBe(404);
    gates.cloud.service('inner').configure({ ingress: 'all' });
    for (const headers of [[], ['Authorization', 'Bearer a.b.c'], ['Authorization', 'Basic x']])
      expect((await rawRequest(`${gates.url('inner')}/`, headers)).status).toBe(200);
    expect(gates.newest()).toMatchObject({ rule: 'iam-disabled', caller: 'anonymous' });
    gates.cloud.service('inner').configure({ invokerIamDisabled: false });
    expect((await rawRequest(`${gates.url('inner')}/`)).status).toBe(403);
  });

  verifies('gate:order', 'an unknown host before a reserved path before ingress before IAM', async () => {
    await using gates = await gateCloud({ edges, app });
    const rule = async (path: string, headers: string[] = []) => {
      await rawRequest(`${gates.url('inner')}${path}`, headers);
      return gates.newest()?.rule;
    };
    expect(await rule('/healthz', ['Host', 'x.run.app', 'Authorization', 'rubbish'])).toBe('unknown-host');
    expect(await rule('/healthz', ['Authorization', 'rubbish'])).toBe('reserved-path');
    expect(await rule('/x', ['Authorization', 'rubbish'])).toBe('ingress');
    gates.cloud.service('inner').configure({ ingress: 'all' });
    expect(await rule('/x', ['Authorization', 'rubbish'])).toBe('not-bearer');
  });
});
