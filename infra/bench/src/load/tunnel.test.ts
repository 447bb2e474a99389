import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rootCertificates } from 'node:tls';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConnection } from './connection.ts';
import { openHttp2Connection } from './http2-connection.ts';
import { openTunnel, type Tunnel } from './tunnel.ts';

const app = createServer((_request, response) => response.setHeader('content-length', 2).end('ok'));
let cloud: Cloud;
let tunnel: Tunnel;
let url: URL;
let authorization: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const front = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  cloud = await startEmulator({
    edges: new URL('../gate/edges.yaml', import.meta.url).pathname,
    fronts: { caller: front, receiver: front },
    addresses: 'production',
  });
  const { HTTPS_PROXY: proxy = '', NODE_EXTRA_CA_CERTS: file = '' } = cloud.env();
  tunnel = { proxy, authority: await readFile(file, 'utf8') };
  url = new URL(cloud.urlOf('receiver'));
  authorization = `Bearer ${await cloud.idToken('caller', cloud.urlOf('receiver'))}`;
});

afterAll(async () => {
  await cloud.stop();
  app.closeAllConnections();
  await new Promise((resolve) => app.close(resolve));
});

function times(count: number): () => boolean {
  let left = count;
  return () => --left > 0;
}

test('asks over TLS in HTTP/1.1', async () => {
  const head = `GET / HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: ${authorization}\r\n\r\n`;
  const connection = await openConnection(url, Buffer.from(head), tunnel);
  expect(await connection.run(times(20))).toBe(20);
  connection.close();
});

test('asks over TLS in HTTP/2', async () => {
  const connection = await openHttp2Connection(url, { authorization }, 4, tunnel);
  expect(await connection.run(times(20))).toBeGreaterThanOrEqual(20);
  connection.close();
});

test('a refusal is no answer to measure, over TLS neither', async () => {
  const head = `GET / HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`;
  await expect(openConnection(url, Buffer.from(head), tunnel)).rejects.toThrow('403');
  await expect(openHttp2Connection(url, {}, 4, tunnel)).rejects.toThrow('otherwise than 200');
});

test('trusts nobody but the authority that it is given', async () => {
  const [other] = rootCertificates;
  await expect(openTunnel({ ...tunnel, authority: other ?? '' }, url, 'h2')).rejects.toThrow(/certificate/);
});

test('says that a proxy opens no tunnel', async () => {
  const elsewhere = new URL('https://example.com');
  await expect(openTunnel(tunnel, elsewhere, 'http/1.1')).rejects.toThrow('opens no tunnel: it answers 403');
});
