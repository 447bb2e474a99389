import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Ended, runEdges } from '../support/command-line.ts';

const declaration = `services:
  shop: { calls: [stock, payments] }
  stock: {}
principals:
  ada: { member: "user:ada@example.com", calls: [stock] }
external:
  payments: { url: https://payments-1.europe-west1.run.app, audience: https://payments.example.com }
`;

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let app: Server;
let cloud: Cloud;
const seen: Seen[] = [];
beforeAll(async () => {
  app = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body: await text(request) });
    response.statusCode = Number(/\d{3}$/.exec(url)?.[0] ?? 200);
    if (url === '/cookies') response.setHeader('set-cookie', ['a=1; Path=/', 'b=2, 3', 'a=4']);
    if (response.statusCode === 302) response.setHeader('location', 'http://127.0.0.1:1/elsewhere');
    response.end('tab\t\u001b[2Jend');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => app.once('listening', resolve));
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  cloud = await startEmulator({
    edges: parseDeclaration(declaration, 'edges.yaml'),
    fronts: { shop: url, stock: url, payments: url },
  });
});
afterAll(async () => {
  await cloud.stop();
  app.close();
});
beforeEach(() => {
  seen.length = 0;
});

/** As in a test: where the emulator is, and whose it is, stands in the environment. */
const run = (...args: readonly string[]): Promise<Ended> =>
  runEdges(args, undefined, { env: { RUN_EDGES_URL: cloud.url, RUN_EDGES_TOKEN: cloud.developerToken } }).ended;

describe('run-edges token', () => {
  test('prints the token of a caller for a receiver, and nothing else', async () => {
    const { code, stdout, stderr } = await run('token', 'shop', 'stock');
    expect([code, stderr]).toEqual([0, '']);
    const { url } = cloud.service('stock');
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(decodeJwt(stdout)).toMatchObject({ aud: url, email: expect.stringMatching(/^shop-run@/) });
    expect((await fetch(url, { headers: { authorization: `Bearer ${stdout.trim()}` } })).status).toBe(200);
  });

  test('is for what the receiver takes, whoever owns it and whoever calls; as JSON with where it goes', async () => {
    const { stdout } = await run('token', 'shop', 'payments', '--json');
    const { token, ...rest } = JSON.parse(stdout) as Record<string, string>;
    expect(decodeJwt(token ?? '').aud).toBe('https://payments.example.com');
    expect(rest).toEqual({ audience: 'https://payments.example.com', url: cloud.external[0]?.url });
    expect(decodeJwt((await run('token', 'ada', 'stock')).stdout).email).toBe('ada@example.com');
  });

  test.each([
    [['token', 'shp', 'stock'], 'There is no caller "shp" at URL. Did you mean "shop"?'],
    [['token', 'shop', 'ada'], 'There is no receiver "ada" at URL. Known: shop, stock, payments.'],
    [['token', 'anonymous', 'stock'], 'anonymous is nobody, and has no token.'],
    [
      ['call', 'nobody-here', 'stock'],
      'There is no caller "nobody-here" at URL. Known: anonymous, shop, stock, ada, stranger.',
    ],
  ])('refuses %j, and says what would do', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message.replace('URL', cloud.url));
    expect(seen).toEqual([]);
  });

  test('is given to the developer alone, and by an emulator', async () => {
    const env = { RUN_EDGES_URL: cloud.url, RUN_EDGES_TOKEN: 'a'.repeat(40) };
    const other = await runEdges(['token', 'shop', 'stock'], undefined, { env }).ended;
    expect([other.code, other.stdout]).toEqual([1, '']);
    expect(other.stderr).toContain('has another token for the developer');
    const { port } = app.address() as AddressInfo;
    const elsewhere = await run('token', 'shop', 'stock', '--target', `http://127.0.0.1:${port}`);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toContain('is no run-edges emulator');
    const wrong = await runEdges(['token', 'shop', 'stock'], undefined, { env: { RUN_EDGES_URL: 'a b' } }).ended;
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("from env 'RUN_EDGES_URL' is invalid");
  });
});

describe('run-edges call', () => {
  test('calls as the caller, and gives the body as it is', async () => {
    const { code, stdout, stderr } = await run('call', 'shop', 'stock', '/items?of=1');
    expect([code, stdout]).toEqual([0, 'tab\t\u001b[2Jend']);
    expect(stderr).toBe('200 OK\n');
    expect(seen).toMatchObject([
      {
        method: 'GET',
        url: '/items?of=1',
        headers: { authorization: expect.stringMatching(/^Bearer eyJ/) },
      },
    ]);
  });

  test('with a method, headers and a body of its own; who is signed in stays', async () => {
    const words = [
      '--method',
      'put',
      '--data',
      '{"a":"ü"}',
      '--header',
      'Authorization: Bearer of-a-person',
      '--header',
      'X-A: b',
    ];
    const { code } = await run('call', 'ada', 'stock', '/1', ...words);
    expect(code).toBe(0);
    expect(seen).toMatchObject([
      {
        method: 'PUT',
        body: '{"a":"ü"}',
        headers: { authorization: 'Bearer of-a-person', 'content-type': 'application/json', 'x-a': 'b' },
      },
    ]);
    await run('call', 'shop', 'stock', '/2', '--data', 'a b');
    expect(seen.at(-1)).toMatchObject({
      method: 'POST',
      body: 'a b',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  });

  test.each([
    ['Content-Length: 3', 'that is of the connection'],
    ['Transfer-Encoding: chunked', 'that is of the connection'],
    ['traceparent: 00-1-2-01', 'by it the decision on the request is found'],
  ])('refuses a header that is not for who asks, and asks nobody: %s', async (header, why) => {
    const { code, stdout, stderr } = await run('call', 'shop', 'stock', '/1', '--data', 'a', '--header', header);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`It takes no ${header.split(':', 1)[0]}: ${why}`);
    expect(seen).toEqual([]);
  });

  test('as JSON keeps every cookie that is set', async () => {
    const { stdout } = await run('call', 'shop', 'stock', '/cookies', '--json');
    expect(JSON.parse(stdout).headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2, 3', 'a=4']);
    expect(JSON.parse((await run('call', 'shop', 'stock', '/', '--json')).stdout).headers).not.toHaveProperty(
      'set-cookie',
    );
  });

  test.each([
    ['stranger', 'stranger@'],
    ['anonymous', 'no credential|no token|anonymous'],
  ])('says why it is refused, and ends with 1: %s', async (caller, why) => {
    const { code, stdout, stderr } = await run('call', caller, 'stock', '/x');
    expect(code).toBe(1);
    expect(stdout).toContain('<h1>Error: Forbidden</h1>');
    expect(stderr).toMatch(/^403 Forbidden\n/);
    expect(stderr).toMatch(new RegExp(`\n${caller} -> stock: .*(?:${why}).*\\. \\S`));
    expect(seen).toEqual([]);
  });

  test('tells a refusal of the service’s own from one of the gate', async () => {
    const { code, stderr } = await run('call', 'shop', 'stock', '/403');
    expect(code).toBe(1);
    expect(stderr).toBe('403 Forbidden\nThe gate let shop in; stock itself answers so.\n');
    const { code: redirected, stderr: where } = await run('call', 'shop', 'stock', '/302');
    expect([redirected, where]).toEqual([0, '302 Found\n']);
  });

  test('tells all of it as JSON', async () => {
    const { code, stdout, stderr } = await run('call', 'stock', 'shop', '/x', '--json');
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 403,
      headers: { server: 'Google Frontend' },
      decision: {
        caller: 'stock',
        receiver: 'shop',
        path: '/x',
        mend: expect.stringContaining('add shop to its calls'),
      },
    });
    const allowed = await run('call', 'shop', 'payments', '/charge', '--json');
    expect(JSON.parse(allowed.stdout)).toMatchObject({
      status: 200,
      body: 'tab\t\u001b[2Jend',
      decision: { caller: 'shop' },
    });
  });

  test.each([
    [['--method', 'GET', '--data', 'x'], 'error: GET has no body: leave --data out'],
    [['--method', 'head', '--data', 'x'], 'error: HEAD has no body: leave --data out'],
    [['--method', 'TRACE'], 'It takes a method that a client may send'],
    [['--method', 'Connect'], 'It takes a method that a client may send'],
  ])('asks nobody for what cannot be sent: %j', async (words, said) => {
    const { code, stderr } = await run('call', 'shop', 'stock', '/x', ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(seen).toEqual([]);
  });

  test.each(['http://evil.example/', '//evil.example/', 'x'])('goes nowhere else: %s', async (path) => {
    const { code, stderr } = await run('call', 'shop', 'stock', path);
    expect(code).toBe(2);
    expect(stderr).toContain('It takes a path');
  });
});
