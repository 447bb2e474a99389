import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { GenericContainer, Wait } from 'testcontainers';

// The service, where a container can reach it.
const app = createServer((_, response) => response.end('in stock')).listen(0, '0.0.0.0');
await once(app, 'listening');
const front = `http://host.docker.internal:${app.address().port}`;

const developer = randomBytes(32).toString('base64url');
const edges = await new GenericContainer(process.env.RUN_EDGES_IMAGE ?? 'run-edges')
  .withCopyFilesToContainer([{ source: 'edges.yaml', target: '/repository/edges.yaml' }])
  .withExtraHosts([{ host: 'host.docker.internal', ipAddress: 'host-gateway' }])
  .withEnvironment({ RUN_EDGES_TOKEN: developer })
  .withCommand(['front', '--host', '0.0.0.0', '--front', `shop=${front}`, '--front', `stock=${front}`])
  .withExposedPorts(8080, 8081, 8082) // the API, and the gates in the order of edges.yaml
  .withWaitStrategy(Wait.forHealthCheck())
  .start();
after(async () => {
  await edges.stop();
  app.close();
});
const at = (port) => `http://${edges.getHost()}:${edges.getMappedPort(port)}`;

async function idToken(caller, audience) {
  const response = await fetch(`${at(8080)}/run-edges/v1/callers/${caller}/id-token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${developer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ audience }),
  });
  return (await response.json()).token;
}

for (const [caller, status] of [
  ['shop', 200],
  ['stock', 403],
  ['stranger', 403],
])
  test(`${caller} is answered ${status} by the stock`, async () => {
    const headers = { authorization: `Bearer ${await idToken(caller, 'http://127.0.0.1:8082')}` };
    assert.equal((await fetch(at(8082), { headers })).status, status);
  });
