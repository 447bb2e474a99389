import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Alone, startAlone } from '../testing/alone.ts';
import type { Errand } from '../testing/behind-proxy.ts';
import { type LocalServer, startServer } from '../testing/google.ts';

/** A proxy that refuses all, in the environment of a process whose Google and whose receiver are on this machine. */

const run = promisify(execFile);
const PROGRAM = new URL('../testing/behind-proxy.ts', import.meta.url).pathname;

let alone: Alone;
let receiver: LocalServer;
let proxy: Server;
let asked: string[] = [];
beforeAll(async () => {
  alone = await startAlone();
  receiver = await startServer((_request, response) => response.end('ok'));
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  proxy.on('connect', ({ url }, socket) => {
    asked.push(`CONNECT ${url}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await receiver[Symbol.asyncDispose]();
  await alone[Symbol.asyncDispose]();
});

const UPPER = ['HTTP_PROXY', 'HTTPS_PROXY'];
const LOWER = ['http_proxy', 'https_proxy'];
const OF_NODE = { NODE_USE_ENV_PROXY: '1' };
const CASES: [what: string, names: string[], more: Record<string, string>, goesElsewhereByProxy: boolean][] = [
  ['in upper case', UPPER, {}, false],
  ['in lower case', LOWER, {}, false],
  ['for http alone', ['HTTP_PROXY'], {}, false],
  ['for https alone', ['HTTPS_PROXY'], {}, false],
  ['for Node, too', UPPER, OF_NODE, true],
  ['for Node, too, in lower case', LOWER, OF_NODE, true],
  ['for Node, with names that are reached without it', UPPER, { ...OF_NODE, NO_PROXY: 'other.example' }, true],
  ['for undici', UPPER, { OF_UNDICI: '1' }, true],
  ['for Node and undici', LOWER, { ...OF_NODE, OF_UNDICI: '1' }, true],
];

test.each(CASES)(
  'with a proxy %s nobody asks it for this machine or the metadata server',
  async (_what, names, more, byProxy) => {
    asked = [];
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { google, home } = alone;
    const errand: Errand = {
      receiver: receiver.origin,
      jwksUri: google.jwksUri,
      endpoints: { token: `${google.origin}/token`, iamCredentials: google.origin },
      ofUndici: 'OF_UNDICI' in more,
    };
    const env = {
      ...{ PATH: process.env.PATH, HOME: home, GCE_METADATA_HOST: google.host, GOOGLE_CLOUD_PROJECT: 'demo' },
      ...Object.fromEntries(names.map((name) => [name, address])),
      ...more,
    };
    const args = ['--conditions=run-edges-source', PROGRAM, JSON.stringify(errand)];
    const {
      elsewhere,
      'the token endpoint of Google': ofGoogle,
      ...local
    } = JSON.parse((await run(process.execPath, args, { env })).stdout);
    expect(local).toEqual({
      'the metadata server': 200,
      'what is found': 200,
      'an impersonated account': 200,
      'a person who impersonates one': 200,
      'the keys': 200,
      'a client of Google': 200,
    });
    expect(elsewhere).toContain('fetch failed');
    expect(ofGoogle).toContain('TokenError');
    expect([...new Set(asked)]).toEqual([
      'CONNECT oauth2.googleapis.com:443',
      ...(byProxy ? ['CONNECT receiver.example:443'] : []),
    ]);
  },
  30_000,
);
