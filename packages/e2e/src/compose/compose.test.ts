import { ANONYMOUS, matrix, readDeclaration, STRANGER } from '@run-edges/edges';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runEdges } from '../support/command-line.ts';
import { edgesFile } from '../support/repository.ts';
import { findEngine } from './engine.ts';
import type { Asked, Became } from './inside/ask.ts';
import { memoryOf } from './memory.ts';
import { openOwnStack, type Stack } from './stack.ts';

const declaration = readDeclaration(edgesFile);
const services = declaration.services.map(({ name }) => name);
const cells = matrix(declaration);
const engine = await findEngine('containers');

const METADATA = 'metadata.google.internal';
const flavor = { 'metadata-flavor': 'Google' };
const account = '/computeMetadata/v1/instance/service-accounts';
const emailOf = (name: string) => `${name}-run@run-edges-local.iam.gserviceaccount.com`;

describe.skipIf(engine.missing)(engine.title, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await openOwnStack(engine, services);
    console.info(`all healthy ${(await stack.up()).toFixed(1)} s after "up" from built images`);
  }, 900_000);
  afterAll(() => stack?.[Symbol.asyncDispose](), 120_000);

  const ask = async (from: string, asked: readonly Asked[]): Promise<Became[]> =>
    JSON.parse(await stack.inside(from, 'ask.ts', JSON.stringify(asked)));
  const addressesOf = async (service: string) =>
    Object.values((await stack.inspect(service)).NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);

  describe('the matrix', () => {
    test.each(services)('from inside %s, with its own token and with none', async (caller) => {
      const paths = services.map((receiver) => `${account}/default/identity?audience=http://${receiver}`);
      const tokens = await ask(
        caller,
        paths.map((path) => ({ host: METADATA, path, headers: flavor })),
      );
      for (const { status, body = '', error } of tokens) {
        expect({ status, error }).toEqual({ status: 200 });
        expect(decodeJwt(body)).toMatchObject({ email: emailOf(caller) });
      }
      for (const as of [caller, ANONYMOUS]) {
        const answers = await ask(
          caller,
          services.map((receiver, index) => ({
            host: METADATA,
            path: '/health/live',
            headers: {
              host: receiver,
              ...(as === ANONYMOUS ? {} : { authorization: `Bearer ${tokens[index]?.body}` }),
            },
          })),
        );
        for (const [index, receiver] of services.entries()) {
          const { expected } = cells.find((cell) => cell.caller === as && cell.receiver === receiver) ?? {};
          const [status, body] =
            expected === 'allowed' ? [200, `"service":"${receiver}"`] : [403, '<h1>Error: Forbidden</h1>'];
          expect(answers[index], `${as} -> ${receiver}`).toMatchObject({ status, body: expect.stringContaining(body) });
        }
      }
    });

    test('by the addresses that the environment tells', async () => {
      const env = (await stack.inspect('login')).Config.Env;
      expect(env).toContain('USER_PROFILES_URL=http://user-profiles');
      expect(env.join()).not.toMatch(/SEARCH_URL|emulator/);
      const path = `${account}/default/identity?audience=http://user-profiles`;
      const [token] = await ask('login', [{ host: METADATA, path, headers: flavor }]);
      const headers = { authorization: `Bearer ${token?.body}` };
      expect(await ask('login', [{ host: 'user-profiles', path: '/health/live', headers }])).toMatchObject([
        { status: 200, body: expect.stringContaining('"service":"user-profiles"') },
      ]);
    });

    test('from this machine, the stranger too', async () => {
      const { code, stdout } = await runEdges(['check', '--target', stack.api, '--json']).ended;
      const tried: { caller: string; expected: string; actual: string }[] = JSON.parse(stdout);
      expect(tried.map(({ caller }) => caller)).toContain(STRANGER);
      expect(tried).toHaveLength(cells.length);
      for (const cell of tried) expect(cell.actual).toBe(cell.expected);
      expect(code).toBe(0);
    });
  });

  test('the console and its scripts are served from the image', async () => {
    const page = await fetch(stack.api);
    expect(page.url).toBe(`${stack.api}/run-edges/console/`);
    expect(await page.text()).toContain('<title>run-edges console</title>');
    const script = await fetch(new URL('main.js', page.url));
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  describe('from inside login', () => {
    const noWay = expect.stringMatching(/^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|SILENCE)$/);
    const noName = expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/);

    test('no other app’s container can be reached, by address or name', async () => {
      const others = (await Promise.all(['user-profiles', 'search'].map(addressesOf))).flat();
      expect(others).toHaveLength(2);
      const direct = others.flatMap((host) => [80, 8080].map((port) => ({ host, port, path: '/health/live' })));
      for (const became of await ask('login', direct)) expect(became).toEqual({ error: noWay });
      const names = ['search', 'search.container.internal', 'user-profiles.container.internal', 'example.com'];
      for (const became of await ask(
        'login',
        names.map((host) => ({ host, port: 8080 })),
      ))
        expect(became).toEqual({ error: noName });
      // It is the gate that has this name here: the app's own port is not there.
      expect(await ask('login', [{ host: 'user-profiles', port: 8080 }])).toEqual([{ error: 'ECONNREFUSED' }]);
    });

    test('the emulator answers at its address on login’s network alone, on port 80 alone', async () => {
      const own = await gateAddressFor('login');
      const port = Number(new URL(stack.api).port);
      const ports = Array.from({ length: 2 * services.length + 2 }, (_, index) => port + index);
      for (const became of await ask(
        'login',
        ports.map((at) => ({ host: own, port: at, path: '/run-edges/v1/principals' })),
      ))
        expect(became.error).toBe('ECONNRESET');
      const elsewhere = (await addressesOf('emulator')).filter((address) => address !== own);
      expect(elsewhere).toHaveLength(services.length);
      const reached = await ask(
        'login',
        elsewhere.flatMap((host) => [80, ...ports].map((at) => ({ host, port: at }))),
      );
      for (const became of reached) expect(became).toEqual({ error: noWay });
    });

    test('search’s identity cannot be had by any host name, header or address', async () => {
      const [own, searchs] = [await gateAddressFor('login'), await gateAddressFor('search')];
      const hosts = [METADATA, 'metadata', '169.254.169.254', 'search.caller.internal', 'search-run', searchs, ''];
      const tricks: Record<string, string>[] = [
        ...hosts.map((host) => ({ host })),
        { 'x-forwarded-host': 'search' },
        { 'x-real-ip': searchs },
        { forwarded: `for=${searchs};host=search` },
        { 'x-goog-authenticated-user-email': emailOf('search') },
      ];
      const paths = [`${account}/default/email`, `${account}/default/identity?audience=http://search`];
      const answers = await ask(
        'login',
        tricks.flatMap((trick) => paths.map((path) => ({ host: own, path, headers: { ...flavor, ...trick } }))),
      );
      for (const [index, { status, body = '' }] of answers.entries()) {
        const { host = METADATA } = tricks[Math.floor(index / paths.length)] ?? {};
        // Who asks by a name that is not the server's own is told nothing at all.
        if (status === 421 && ![METADATA, 'metadata', '169.254.169.254'].includes(host)) continue;
        expect(status, host).toBe(200);
        expect(body.startsWith('eyJ') ? decodeJwt(body).email : body).toBe(emailOf('login'));
      }
      const refused = await ask('login', [
        { host: own, path: `${account}/${emailOf('search')}/token`, headers: flavor },
        { host: own, path: paths[1] ?? '', headers: { ...flavor, 'x-forwarded-for': searchs } },
        { host: own, path: paths[1] ?? '', headers: { ...flavor, host: 'search' } },
        { host: own, path: paths[1] ?? '', headers: { ...flavor, host: 'www.googleapis.com' } },
      ]);
      expect(refused.map(({ status }) => status)).toEqual([404, 403, 403, 404]);
      const direct = { path: paths[1] ?? '', headers: flavor };
      for (const became of await ask('login', [
        { host: searchs, ...direct },
        { host: '169.254.169.254', ...direct },
      ]))
        expect(became).toEqual({ error: noWay });
    });

    /** The emulator's address on a service's network. */
    async function gateAddressFor(service: string): Promise<string> {
      const { Networks } = (await stack.inspect('emulator')).NetworkSettings;
      return Object.entries(Networks).find(([name]) => name.endsWith(`_${service}`))?.[1].IPAddress ?? '';
    }
  });

  test.each(['emulator', ...services])('%s runs without rights, in what it cannot change', async (service) => {
    const { Config, HostConfig } = await stack.inspect(service);
    expect(Config.User).toBe('1000:1000');
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: null,
      Privileged: false,
      SecurityOpt: ['no-new-privileges:true'],
      PidsLimit: 64,
      Memory: 256 * 1024 * 1024,
    });
    expect(JSON.parse(await stack.inside(service, 'rights.ts'))).toEqual({
      uid: 1000,
      capabilities: 0,
      noNewPrivileges: 1,
      writable: service === 'emulator' ? ['/state'] : ['/state', '/tmp'],
    });
  });

  test('an idle app needs less than 120 MB', async () => {
    const bytes = await Promise.all(services.map(async (service) => memoryOf((await stack.inspect(service)).Id)));
    console.info(`idle: ${services.map((name, index) => `${name} ${megabytes(bytes[index])}`).join(', ')} MB`);
    for (const [index, service] of services.entries()) expect(bytes[index], service).toBeLessThan(120e6);
  });
});

const megabytes = (bytes = Number.NaN) => (bytes / 1e6).toFixed(0);
