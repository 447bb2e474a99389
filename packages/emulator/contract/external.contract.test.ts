import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ListedEdges, type ListedExternal, startEmulator } from '../src/index.ts';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';

const edges = `
services: { shop: { calls: [payments] }, other: {} }
principals:
  oncall: { member: "user:ada@example.org", calls: [payments] }
  eve: { member: "user:eve@example.org" }
external:
  payments: { url: https://payments-1.europe-west1.run.app, audience: https://payments.example.com }
  tax: { url: https://tax.example.net }
`;
const audience = 'https://payments.example.com';

let gates: GateCloud;
beforeAll(async () => {
  gates = await gateCloud({ edges, app: (_request, response) => response.end('in') });
});
afterAll(() => gates[Symbol.asyncDispose]());

function payments(cloud = gates.cloud) {
  const found = cloud.external.find(({ name }) => name === 'payments');
  if (found === undefined) throw new Error('no payments');
  return found;
}

async function call(caller: string | undefined, asked = audience, { url } = payments()) {
  const token = caller === undefined ? undefined : await gates.cloud.idToken(caller, asked);
  return rawRequest(`${url}/charge`, token === undefined ? [] : ['Authorization', `Bearer ${token}`]);
}

/** How often what stands behind the gate was asked; asking counts, too. */
async function seen(): Promise<number> {
  const answer = await fetch(`${payments().containerUrl}/health/live`);
  return ((await answer.json()) as { live: number }).live;
}

describe('a receiver that others own', () => {
  test('is stood in for, and what does so says it', async () => {
    for (const caller of ['shop', 'oncall']) {
      const { status, body } = await call(caller);
      expect(status, caller).toBe(200);
      expect(JSON.parse(body)).toMatchObject({
        standIn: 'payments',
        message: expect.stringContaining('--front payments='),
      });
    }
    expect(gates.newest()).toMatchObject({ caller: 'oncall', receiver: 'payments', rule: 'invoker' });
  });

  test('takes tokens for its audience, and for where it is here', async () => {
    expect((await call('shop', payments().url)).status).toBe(200);
    for (const asked of [
      'https://payments-1.europe-west1.run.app',
      'https://tax.example.net',
      gates.url('other'),
      `${audience}/`,
    ])
      expect((await call('shop', asked)).status, asked).toBe(401);
  });

  test('is for nobody who is not declared, and hears nothing of them', async () => {
    const before = await seen();
    for (const caller of ['other', 'eve', 'stranger', undefined]) {
      const { status, body } = await call(caller);
      expect(status, caller).toBe(403);
      expect(body).toContain('<h1>Error: Forbidden</h1>');
    }
    expect(await seen()).toBe(before + 1);
    await call('eve');
    expect(gates.newest()?.mend).toBe(
      'If eve should call payments, add payments to its calls in edges.yaml and save it: a running up follows it. Others own it: whether it lets them in is theirs to say.',
    );
    const { cloud } = gates;
    const tax = cloud.external.find(({ name }) => name === 'tax');
    expect(
      (
        await rawRequest(`${tax?.url}/`, [
          'Authorization',
          `Bearer ${await cloud.idToken('shop', 'https://tax.example.net')}`,
        ])
      ).status,
    ).toBe(403);
  });

  test('has no policy in the project, and no grant there lets anybody in', async () => {
    const { cloud } = gates;
    expect([...cloud.policies.entries()].map(([resource]) => resource)).not.toContain('services/payments');
    cloud.policies.grant('project', 'roles/run.invoker', 'user:eve@example.org');
    expect((await call('eve')).status).toBe(403);
    cloud.policies.revoke('project', 'roles/run.invoker', 'user:eve@example.org');
  });

  test('is listed, with who may call it', async () => {
    const { cloud } = gates;
    const { external } = (await (await fetch(`${cloud.url}/run-edges/v1/external`)).json()) as {
      external: ListedExternal[];
    };
    expect(external.map(({ url: _, ...rest }) => rest)).toEqual([
      { name: 'payments', audience, standsFor: 'https://payments-1.europe-west1.run.app', by: 'stand-in' },
      { name: 'tax', audience: 'https://tax.example.net', standsFor: 'https://tax.example.net', by: 'stand-in' },
    ]);
    const { edges, invokers } = (await (await fetch(`${cloud.url}/run-edges/v1/edges`)).json()) as ListedEdges;
    expect(
      edges.filter(({ receiver, by }) => receiver === 'payments' && by !== null).map(({ caller }) => caller),
    ).toEqual(['shop', 'oncall']);
    expect(invokers.payments).toHaveLength(2);
    const explained = await fetch(`${cloud.url}/run-edges/v1/explanations?caller=eve&receiver=payments`);
    expect(await explained.json()).toMatchObject({
      verdict: 'forbidden',
      audiences: [payments().url, audience],
      mend: expect.stringMatching(/^To allow it, add payments to the calls of principals\.eve in edges\.yaml/),
    });
  });

  test('its URL is what its callers are told, as it is reached here', async () => {
    const { cloud } = gates;
    expect(cloud.service('shop').env).toMatchObject({ PAYMENTS_URL: payments().url, PAYMENTS_AUDIENCE: audience });
    expect(cloud.service('other').env).not.toHaveProperty('PAYMENTS_URL');
  });

  test('may be something of the user’s instead', async () => {
    const own = createServer((_request, response) => response.end('mine')).listen(0, '127.0.0.1');
    onTestFinished(() => void own.close());
    await new Promise((resolve) => own.once('listening', resolve));
    const address = `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
    await using fronted = await startEmulator({
      edges: parseDeclaration(
        'services: { shop: { calls: [payments] } }\nexternal: { payments: { url: https://payments.example.com } }',
        'edges.yaml',
      ),
      fronts: { shop: address, payments: address },
    });
    const found = payments(fronted);
    const token = await fronted.idToken('shop', audience);
    const answer = await rawRequest(found.url, ['Authorization', `Bearer ${token}`]);
    expect([answer.status, answer.body, found.by]).toEqual([200, 'mine', 'front']);
    expect((await rawRequest(found.url)).status).toBe(403);
  });
});
