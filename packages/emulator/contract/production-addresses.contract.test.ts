import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { type Program, programOf } from './through-proxy.ts';
import { verifies } from './verifies.ts';

const edges = 'services: { open: { public: true, calls: [closed] }, closed: {}, other: {} }';
const MIB = 1024 * 1024;

let gates: GateCloud;
let program: Program;
/** What must never be reached, though it is on this machine. */
let victim: Server;
let victimPort: number;
let reached = 0;
beforeAll(async () => {
  gates = await gateCloud({
    edges,
    addresses: 'production',
    async app(request, response) {
      const { pathname } = new URL(request.url ?? '', 'http://a');
      if (pathname === '/large') response.end(Buffer.alloc(5 * MIB, 'x'));
      else if (pathname === '/count') response.end(`${(await buffer(request)).length}`);
      else if (pathname === '/trailers') {
        response.writeHead(200, { trailer: 'x-last' });
        response.write('body');
        response.addTrailers({ 'x-last': 'trailer' });
        response.end();
      } else if (pathname === '/reset') {
        response.write('some of it', () => response.destroy());
      } else response.end(JSON.stringify(request.headers));
    },
  });
  program = programOf(gates.cloud, 'open');
  victim = createServer((_request, response) => response.end('reached')).listen(0, '127.0.0.1');
  victim.on('connection', () => reached++);
  await once(victim, 'listening');
  victimPort = (victim.address() as AddressInfo).port;
});
afterAll(async () => {
  await gates[Symbol.asyncDispose]();
  victim.close();
});
beforeEach(() => {
  reached = 0;
});

const hostOf = (service: string) => gates.cloud.service(service).hosts[0];
const urlOf = (service: string, path = '/') => `https://${hostOf(service)}${path}`;
const email = '/computeMetadata/v1/instance/service-accounts/default/email';
const flavor = { 'metadata-flavor': 'Google' };
const emailOf = (service: string) => `${service}-run@${gates.cloud.project.id}.iam.gserviceaccount.com`;

describe('a service by its production address', () => {
  verifies('gate:caller-tls', 'and IAM decides as ever', async () => {
    const token = (audience: string) => gates.cloud.idToken('open', audience);
    const ask = async (service: string) =>
      program.ask(urlOf(service, '/x'), { headers: { authorization: `Bearer ${await token(urlOf(service, ''))}` } });
    const allowed = await ask('closed');
    expect(allowed.status).toBe(200);
    expect(JSON.parse(allowed.body)).toMatchObject({ host: hostOf('closed'), 'x-forwarded-proto': 'https' });
    const forbidden = await ask('other');
    expect(forbidden.status).toBe(403);
    expect(forbidden.body).toContain('<h1>Error: Forbidden</h1>');
    expect((await program.ask(urlOf('closed'))).status).toBe(403);
  });

  test('is the other one of its two addresses as well', async () => {
    const [, hashed] = gates.cloud.service('open').hosts;
    expect(await program.ask(`https://${hashed}/`)).toMatchObject({ status: 200 });
  });

  test('the gate is picked by Host, as Cloud Run’s front end does: who tunnels to one reaches no other unseen', async () => {
    const answer = await program.ask(urlOf('open'), { headers: { host: hostOf('closed') } });
    expect(answer.status).toBe(403);
    expect(gates.newest()).toMatchObject({ receiver: 'closed', rule: 'no-credentials' });
  });

  test('tunnels carry what is large, either way', async () => {
    const { body } = await program.ask(urlOf('open', '/large'));
    expect(body.length).toBe(5 * MIB);
    const counted = await program.ask(urlOf('open', '/count'), { method: 'POST', body: Buffer.alloc(3 * MIB) });
    expect(counted.body).toBe(`${3 * MIB}`);
  });

  test('trailers, resets and a hundred requests at once', async () => {
    expect(await program.ask(urlOf('open', '/trailers'))).toMatchObject({ trailers: { 'x-last': 'trailer' } });
    await expect(program.ask(urlOf('open', '/reset'))).rejects.toThrow(/aborted|ECONNRESET|terminated/);
    const all = await Promise.all(Array.from({ length: 100 }, (_, n) => program.ask(urlOf('open', `/?${n}`))));
    expect(all.map(({ status }) => status)).toEqual(Array(100).fill(200));
  });

  test.each([
    { offered: undefined, spoken: false },
    { offered: ['http/1.1'], spoken: 'http/1.1' },
    { offered: ['spdy/3', 'http/1.1', 'http/1.0'], spoken: 'http/1.1' },
    { offered: ['grpc-exp', 'x', 'http/1.1'], spoken: 'http/1.1' },
  ])('of ALPN $offered it speaks $spoken', async ({ offered, spoken }) => {
    const socket = await program.shake(hostOf('open'), offered && { ALPNProtocols: offered });
    expect(socket.alpnProtocol).toBe(spoken);
    socket.write(`GET / HTTP/1.1\r\nHost: ${hostOf('open')}\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([['h2'], ['h2', 'http/1.1'], ['http/1.1', 'h2'], ['grpc-exp', 'h2'], ['grpc-exp', 'http/1.1', 'h2']])(
    'of ALPN %s it speaks HTTP/2, also what is large, and a hundred requests at once',
    async (...offered) => {
      const socket = await program.shake(hostOf('open'), { ALPNProtocols: offered.flat() });
      expect(socket.alpnProtocol).toBe('h2');
      const session = connectHttp2(urlOf('open'), { createConnection: () => socket });
      const get = async (path: string) => {
        const stream = session.request({ ':path': path });
        const [headers] = await once(stream, 'response');
        return { status: headers[':status'], length: (await buffer(stream)).length };
      };
      expect(await get('/large')).toEqual({ status: 200, length: 5 * MIB });
      const all = await Promise.all(Array.from({ length: 100 }, (_, n) => get(`/?${n}`)));
      expect(all.map(({ status }) => status)).toEqual(Array(100).fill(200));
      session.close();
    },
  );

  test('a protocol that nobody speaks ends the handshake', async () => {
    const code = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';
    await expect(program.shake(hostOf('open'), { ALPNProtocols: ['spdy/3'] })).rejects.toMatchObject({ code });
  });

  test.skipIf(spawnSync('curl', ['--version']).error !== undefined)(
    'who does not trust the authority is told what to do',
    async () => {
      const told = new Promise((resolve) => gates.cloud.decisions.onDecision(resolve));
      const env = { ...gates.cloud.env('open'), CURL_CA_BUNDLE: '', SSL_CERT_FILE: '' };
      const child = spawn('curl', ['--silent', urlOf('open')], { env: { PATH: process.env.PATH, ...env } });
      expect(await once(child, 'close')).toEqual([60, null]);
      expect(await told).toMatchObject({ caller: 'open', receiver: hostOf('open'), rule: 'not-trusted' });
      expect(gates.newest()?.mend).toContain('authority.pem');
    },
  );
});

describe('metadata servers', () => {
  test.each([
    'metadata.google.internal',
    'metadata.google.internal.',
    'METADATA.google.internal:80',
    '169.254.169.254',
  ])('everybody meets an own one at http://%s', async (host) => {
    for (const caller of ['open', 'closed', 'other']) {
      const { body } = await programOf(gates.cloud, caller).plain(`http://${host}${email}`, { headers: flavor });
      expect(body).toBe(emailOf(caller));
    }
  });

  test('also by a tunnel, as Node’s own fetch asks', async () => {
    const { answer, socket } = await program.tunnel('metadata.google.internal:80');
    expect(answer.statusCode).toBe(200);
    const head = 'Host: metadata.google.internal\r\nMetadata-Flavor: Google\r\nConnection: close';
    socket.write(`GET ${email} HTTP/1.1\r\n${head}\r\n\r\n`);
    expect(await text(socket)).toContain(emailOf('open'));
  });

  test.each([
    { host: 'other.caller.internal' },
    { 'proxy-authorization': `Basic ${btoa('other:other')}` },
    { 'x-service': 'other' },
    { forwarded: 'for=other' },
  ])('no header makes a caller another: %o', async (more) => {
    const { status, body } = await program.plain(`http://metadata.google.internal${email}`, {
      headers: { ...flavor, ...more },
    });
    expect([status, body]).toEqual([200, emailOf('open')]);
  });

  test('a name and a password in the proxy’s address change nothing', async () => {
    const headers = { ...flavor, 'proxy-authorization': `Basic ${btoa('closed:')}` };
    const { body } = await program.plain(`http://169.254.169.254${email}`, { headers });
    expect(body).toBe(emailOf('open'));
  });

  test('none is met by https', async () => {
    const { answer } = await program.tunnel('metadata.google.internal:443');
    expect(answer.statusCode).toBe(403);
  });
});

describe('nothing else', () => {
  test.each([
    'example.com:443',
    'example.com:80',
    '127.0.0.1:VICTIM',
    'localhost:VICTIM',
    '[::1]:VICTIM',
    '127.1:VICTIM',
    '2130706433:VICTIM',
    '0x7f000001:VICTIM',
    '169.254.169.254:VICTIM',
    '169.254.169.254:443',
    'metadata.google.internal:VICTIM',
    'OPEN:VICTIM',
    'OPEN:80',
    'OPEN.evil.example:443',
    'evil-OPEN:443',
    'user@OPEN:443',
    'run.app:443',
    'unknown-100000000001.us-central1.run.app:443',
    'open:443',
    'closed:443',
    'evilgoogleapis.com:443',
    'googleapis.com:443',
    'www.google.com:443',
    'accounts.google.com.evil.example:443',
    'www.googleapis.com:8443',
    ':443',
    'OPEN',
    'OPEN:',
    'OPEN:99999',
    `${'a'.repeat(300)}:443`,
  ])('CONNECT %s is refused, and nothing is asked', async (what) => {
    const authority = what.replaceAll('VICTIM', `${victimPort}`).replaceAll('OPEN', hostOf('open'));
    const { answer, socket } = await program.tunnel(authority);
    expect([400, 403]).toContain(answer.statusCode);
    expect(await text(socket)).toMatch(/^run-edges: |^$/);
    expect(gates.newest()).toMatchObject({ caller: 'open', method: 'CONNECT', status: answer.statusCode });
    expect(gates.newest()?.mend).not.toBe('');
    expect(reached).toBe(0);
  });

  test.each([
    'http://example.com/',
    'http://127.0.0.1:VICTIM/',
    'http://localhost:VICTIM/',
    'http://metadata.google.internal:VICTIM/',
    'http://169.254.169.254.example.com/',
    'http://169.254.169.253/',
    'http://OPEN/',
    'http://www.googleapis.com/oauth2/v3/certs',
    'http://metadata.google.internal@127.0.0.1:VICTIM/',
    'https://OPEN/',
    '/',
    '/computeMetadata/v1/',
    '*',
  ])('GET %s is refused, and nothing is asked', async (what) => {
    const path = what.replaceAll('VICTIM', `${victimPort}`).replaceAll('OPEN', hostOf('open'));
    const [host = '', port = ''] = program.proxy.split(':');
    const socket = connect(Number(port), host);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: metadata.google.internal\r\nMetadata-Flavor: Google\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[03] [\s\S]*run-edges: /);
    expect(gates.newest()).toMatchObject({ caller: 'open', method: 'GET' });
    expect(reached).toBe(0);
  });

  test('two hosts in one request are none', async () => {
    const [host = '', port = ''] = program.proxy.split(':');
    const socket = connect(Number(port), host);
    const hosts = 'Host: metadata.google.internal\r\nHost: other';
    socket.write(`GET http://metadata.google.internal${email} HTTP/1.1\r\n${hosts}\r\nMetadata-Flavor: Google\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('what Google has and is not played here says so by its own name', async () => {
    const answer = await program.ask('https://storage.googleapis.com/storage/v1/b');
    expect([answer.status, JSON.parse(answer.body).error.status]).toEqual([501, 'UNIMPLEMENTED']);
  });

  test('what is no HTTP, and heads without an end, are done away with', async () => {
    const [host = '', port = ''] = program.proxy.split(':');
    const send = async (bytes: string) => {
      const socket = connect(Number(port), host);
      socket.on('error', () => undefined);
      socket.end(bytes);
      return text(socket);
    };
    expect(await send('\x16\x03\x01\x00\x05hello')).not.toContain('200');
    expect(await send(`CONNECT ${hostOf('open')}:443 HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/ 431 /);
  });
});
