import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startEmulator } from '@run-edges/emulator';

const cloud = await startEmulator({ edges: 'edges.yaml' });
after(() => cloud.stop());

for (const [caller, status] of [
  ['shop', 200],
  ['stock', 403],
  ['stranger', 403],
])
  test(`${caller} is answered ${status} by the stock`, async () => {
    const { url } = cloud.service('stock');
    const headers = { authorization: `Bearer ${await cloud.idToken(caller, url)}` };
    assert.equal((await fetch(url, { headers })).status, status);
  });
