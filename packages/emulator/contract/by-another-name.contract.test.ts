import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';

/** An address of this machine that is none of loopback, or one of loopback that no default names. */
const address =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.2';

const app = (_request: unknown, response: { end(text: string): unknown }) => void response.end('from the app');
const everywhere = () => gateCloud({ app, host: '0.0.0.0', names: ['devbox.example'] });
const port = (url: string) => new URL(url).port;

async function listed(api: string, host: string) {
  const headers = ['Host', `${host}:${port(api)}`];
  const answer = async (path: string) => {
    const { status, body } = await rawRequest(`${api}/run-edges/v1/${path}`, headers);
    // biome-ignore lint/suspicious/noExplicitAny: answers of two shapes, each asserted
    return { status, body: JSON.parse(body) as any };
  };
  return { services: await answer('services'), principals: await answer('principals') };
}

describe('an emulator on every address', () => {
  test('names its addresses as who asks has reached it', async () => {
    await using gates = await everywhere();
    for (const name of ['192.0.2.77', 'devbox.example', '[2001:db8::7]']) {
      const { services, principals } = await listed(gates.cloud.url, name);
      for (const { url, metadataHost } of services.body.services) {
        expect(new URL(url).hostname).toBe(name);
        expect(metadataHost.slice(0, name.length + 1)).toBe(`${name}:`);
      }
      for (const { metadataHost } of principals.body.principals)
        expect(metadataHost.slice(0, name.length + 1)).toBe(`${name}:`);
      expect(services.body.services.map(({ url }: { url: string }) => port(url))).toEqual(
        gates.cloud.services.map(({ url }) => port(url)),
      );
    }
    for (const name of ['127.0.0.1', 'localhost', 'run.emulator.internal', 'metadata.google.internal'])
      expect((await listed(gates.cloud.url, name)).services.body.services[0].url).toBe(gates.url('open'));
  });

  test('answers to no stranger’s name, and none is in what it names', async () => {
    await using gates = await everywhere();
    for (const name of ['evil.example', 'devbox.example.evil.example', '127.0.0.1.nip.io']) {
      const { services, principals } = await listed(gates.cloud.url, name);
      expect([services.status, principals.status]).toEqual([421, 421]);
      expect(JSON.stringify([services.body, principals.body])).not.toContain(`http://${name}`);
    }
  });

  test('takes a token for a gate by any name of this machine, at its own port alone', async () => {
    await using gates = await everywhere();
    const at = port(gates.url('closed'));
    const status = async (audience: string) => {
      const token = await gates.cloud.idToken('open', audience);
      return (await rawRequest(gates.url('closed'), ['Authorization', `Bearer ${token}`])).status;
    };
    for (const name of [address, 'devbox.example', 'localhost', '127.0.0.1', '[::1]'])
      expect(await status(`http://${name}:${at}`), name).toBe(200);
    for (const audience of [
      `http://${address}:${port(gates.url('open'))}`,
      `http://evil.example:${at}`,
      `https://${address}:${at}`,
      `http://${address}`,
      `http://x@${address}:${at}`,
      `http://${address}:${at}0`,
      `http://${address}:${at}?x`,
    ])
      expect(await status(audience), audience).toBe(401);
  });
});

test('on loopback alone nothing is said by another name, and no other audience is taken', async () => {
  await using gates = await gateCloud({ app });
  expect((await listed(gates.cloud.url, '192.0.2.77')).services.body.services[0].url).toBe(gates.url('open'));
  const audience = `http://192.0.2.77:${port(gates.url('closed'))}`;
  const token = await gates.cloud.idToken('open', audience);
  expect((await rawRequest(gates.url('closed'), ['Authorization', `Bearer ${token}`])).status).toBe(401);
});
