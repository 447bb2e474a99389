import { startEmulator } from '@run-edges/emulator';
import { afterAll, expect, test } from 'vitest';

const cloud = await startEmulator({ edges: 'edges.yaml' });
afterAll(() => cloud.stop());

test.each([
  ['shop', 200],
  ['stock', 403],
  ['stranger', 403],
])('%s is answered %i by the stock', async (caller, status) => {
  const { url } = cloud.service('stock');
  const headers = { authorization: `Bearer ${await cloud.idToken(caller, url)}` };
  expect((await fetch(url, { headers })).status).toBe(status);
});
