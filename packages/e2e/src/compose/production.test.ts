import type { Decision } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { python, pythonProgram, pythonToolchain } from '../real-clients/python.ts';
import { attempt, findEngine, run } from './engine.ts';
import { mayEnterNetworks, runInNetworkOf } from './in-network.ts';
import type { Asked, Became } from './inside/ask.ts';
import type { Heard, Shaken } from './inside/shake.ts';
import type { Trusted } from './inside/trusted.ts';
import { openProductionStack, type ProductionStack, services } from './production-stack.ts';
import { until } from './stack.ts';

const engine = await findEngine('production addresses in containers');

const RENDERER = 'renderer-100000000001.us-central1.run.app';
const METADATA = 'metadata.google.internal';
const email = '/computeMetadata/v1/instance/service-accounts/default/email';
const flavor = { 'metadata-flavor': 'Google' };
const emailOf = (name: string) => `${name}-run@run-edges-local.iam.gserviceaccount.com`;

describe.skipIf(engine.missing)(engine.title, () => {
  let opened: ProductionStack;
  beforeAll(async () => {
    opened = await openProductionStack(engine, '--metadata-ip', 'notes', '--metadata-ip', 'renderer');
    await opened.stack.up();
    for (const service of services) await until(`${service} answers`, async () => (await post(service)).status !== 503);
  }, 1_200_000);
  afterAll(() => opened?.[Symbol.asyncDispose](), 120_000);

  async function post(service: (typeof services)[number]) {
    const answer = await fetch(opened.gate(service), { method: 'POST', body: '# Title\n\n**bold**' });
    return { status: answer.status, body: await answer.text() };
  }
  const shake = async (from: string, ...all: readonly Shaken[]): Promise<Heard[]> =>
    JSON.parse(await opened.stack.inside(from, 'shake.ts', JSON.stringify(all)));
  const ask = async (from: string, ...all: readonly Asked[]): Promise<Became[]> =>
    JSON.parse(await opened.stack.inside(from, 'ask.ts', JSON.stringify(all)));
  async function decisions(): Promise<readonly Decision[]> {
    const answer = await fetch(`${opened.stack.api}/run-edges/v1/decisions`);
    return ((await answer.json()) as { decisions: Decision[] }).decisions;
  }
  const get = (path: string, ...headers: string[]) => [`GET ${path} HTTP/1.1`, ...headers];

  test('an editor calls a private renderer as it would on Cloud Run, with nothing of run-edges in either', async () => {
    expect(await post('editor')).toEqual({ status: 200, body: '<h1>Title</h1>\n\n<strong>bold</strong>' });
    expect(await decisions()).toContainEqual(
      expect.objectContaining({ caller: 'editor', receiver: 'renderer', status: 200, rule: 'invoker' }),
    );
  });

  test('the same program without an edge is refused, by the same address', async () => {
    expect(await post('notes')).toEqual({ status: 403, body: expect.stringContaining('<h1>Error: Forbidden</h1>') });
    expect(await decisions()).toContainEqual(
      expect.objectContaining({ caller: 'notes', receiver: 'renderer', status: 403, rule: 'not-an-invoker' }),
    );
    expect((await post('renderer')).status).toBe(403);
  });

  test('Google and Cloud Run answer by https, each its own, in what both sides speak', async () => {
    const host = (name: string) => `Host: ${name}`;
    const [keys, notThere, token, elsewhere, run, http2] = await shake(
      'editor',
      { host: 'www.googleapis.com', lines: get('/oauth2/v3/certs', host('www.googleapis.com')) },
      { host: 'www.googleapis.com', lines: get('/token', host('www.googleapis.com')) },
      { host: 'accounts.google.com', lines: get('/.well-known/openid-configuration', host('accounts.google.com')) },
      { host: 'www.googleapis.com', lines: get('/run-edges/v1/principals', host('127.0.0.1')) },
      { host: RENDERER, protocols: ['http/1.1'], lines: get('/', host(RENDERER)) },
      { host: RENDERER, protocols: ['h2', 'http/1.1'], lines: get('/') },
    );
    expect(keys?.answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*"keys":/);
    expect(notThere?.answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(token?.answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*"https:\/\/oauth2\.googleapis\.com\/token"/);
    expect(elsewhere?.answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(run).toMatchObject({ protocol: 'http/1.1', answer: expect.stringMatching(/^HTTP\/1\.1 403 /) });
    expect(http2?.protocol).toBe('h2');
    expect((await ask('editor', { host: RENDERER }))[0]?.status).toBe(302);
  });

  test('no proxy is named anywhere, and what is to be trusted is no key, which nobody can change', async () => {
    for (const service of services) {
      const trusted: Trusted = JSON.parse(await opened.stack.inside(service, 'trusted.ts'));
      expect(trusted, service).toEqual({
        files: ['authority.pem', 'bundle.pem', 'trust.ini', 'truststore.p12'],
        keys: [],
        unwritable: 'EROFS',
        proxies: [],
      });
    }
  });

  test('a program that knows the metadata server by its address alone is itself there, each in a namespace of its own', async () => {
    const asked = { host: '169.254.169.254', path: email, headers: flavor };
    for (const service of ['notes', 'renderer'])
      expect(await ask(service, asked), service).toEqual([{ status: 200, body: emailOf(service) }]);
    // It is no way to more than that, nor to another's, and nobody else has it.
    const tricks: Asked[] = [
      { ...asked, headers: {} },
      { ...asked, headers: { ...flavor, 'x-forwarded-for': '127.0.0.1' } },
      { ...asked, headers: { ...flavor, host: RENDERER } },
      { ...asked, path: email.replace('default', emailOf('editor')) },
      { ...asked, port: 443 },
    ];
    for (const [index, { status }] of (await ask('notes', ...tricks)).entries())
      expect([302, 403, 404, undefined], `${index}`).toContain(status);
    expect((await ask('editor', asked))[0]?.error).toMatch(/^(ENETUNREACH|EHOSTUNREACH|ECONNREFUSED)$/);
    const { Env } = (await opened.stack.inspect('notes')).Config;
    expect(Env.filter((variable) => variable.includes('METADATA'))).toEqual([]);
  });

  test.skipIf(pythonToolchain.missing || !mayEnterNetworks)(
    'Google’s library for Python, which looks at that address, is who its network says, told nothing of Google',
    async () => {
      const call = async (service: string, url: string) => {
        const container = await opened.stack.inspect(service);
        const args = [pythonProgram('call.py'), url];
        const env = { PATH: process.env.PATH ?? '' };
        return (await runInNetworkOf(container, { command: python, args, env, timeout: 120_000 })).stdout;
      };
      expect(await call('notes', `https://${RENDERER}`)).toMatch(/^403 [\s\S]*Error: Forbidden/);
      expect(await call('renderer', 'https://editor-100000000001.us-central1.run.app')).toBe('200 \n');
      const made = await decisions();
      for (const one of [
        { caller: 'notes', receiver: 'renderer', status: 403 },
        { caller: 'renderer', receiver: 'editor', status: 200 },
      ])
        expect(made).toContainEqual(expect.objectContaining({ method: 'GET', ...one }));
    },
    240_000,
  );

  describe('from inside notes, the editor’s identity', () => {
    const noWay = expect.stringMatching(/^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|SILENCE)$/);
    const asEditor = ['Metadata-Flavor: Google', `X-Forwarded-Host: editor`, 'X-Real-IP: 127.0.0.1'];

    test('cannot be had by any name in a handshake, any host, or both', async () => {
      const own = await addressFor('notes');
      const names = [METADATA, 'metadata', 'editor.caller.internal', 'editor', RENDERER, 'oauth2.googleapis.com'];
      const hosts = [METADATA, 'metadata', '169.254.169.254', 'editor.caller.internal', 'localhost'];
      const tried = [...names, ''].flatMap((name) =>
        hosts.map((host) => ({ host: own, name, lines: get(email, `Host: ${host}`, ...asEditor) })),
      );
      for (const [index, { answer = '', error }] of (await shake('notes', ...tried)).entries()) {
        const { name, lines } = tried[index] ?? {};
        expect(answer, `${name} ${lines}`).not.toMatch(/@/);
        expect(answer === '' || /^HTTP\/1\.1 (?:403|404|421) /.test(answer), `${name} ${lines} ${answer}`).toBe(true);
        // Who is nobody by https has no certificate.
        if ([METADATA, 'metadata', 'editor.caller.internal', ''].includes(name ?? ''))
          expect(error).toMatch(/HANDSHAKE_FAILURE/);
      }
    });

    test('nor at a port, or an address of another network', async () => {
      const [own, editors] = [await addressFor('notes'), await addressFor('editor')];
      // That is the editor's page, which is for everybody.
      for (const { body } of await ask('notes', { host: own, path: email, headers: { ...flavor, host: 'editor' } }))
        expect(body).not.toMatch(/@/);
      expect(await ask('notes', { host: METADATA, path: email, headers: flavor })).toEqual([
        { status: 200, body: emailOf('notes') },
      ]);
      const lines = get(email, `Host: ${METADATA}`, ...asEditor);
      for (const heard of await shake('notes', { host: editors, name: RENDERER, lines }))
        expect(heard).toEqual({ error: noWay });
      const api = Number(new URL(opened.stack.api).port);
      const ports = Array.from({ length: 8 }, (_, index) => api + index);
      for (const { error } of await ask(
        'notes',
        ...ports.map((port) => ({ host: own, port, path: email, headers: flavor })),
      ))
        expect(error).toBe('ECONNRESET');
    });

    test('and what is nobody’s name is refused with a decision', async () => {
      const own = await addressFor('notes');
      const lines = get('/', 'Host: example.com');
      await shake('notes', { host: own, name: 'example.com', lines }, { host: own, name: '', lines });
      const made = await decisions();
      for (const [receiver, status, rule] of [
        ['example.com', 403, 'not-played'],
        ['', 400, 'malformed-request'],
      ])
        expect(made).toContainEqual(expect.objectContaining({ caller: 'notes', receiver, status, rule }));
    });

    /** The emulator's address on a service's network. */
    async function addressFor(service: string): Promise<string> {
      const { Networks } = (await opened.stack.inspect('emulator')).NetworkSettings;
      return Object.entries(Networks).find(([name]) => name.endsWith(`_${service}`))?.[1].IPAddress ?? '';
    }
  });

  test('the key of the authority is in one volume of the emulator alone, and in no log', async () => {
    const project = opened.stack.project;
    const shared = await run([
      'docker',
      'volume',
      'ls',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${project}`,
    ]);
    const holding: string[] = [];
    for (const volume of shared.split('\n')) {
      const grep = ['grep', '--recursive', '--files-with-matches', 'PRIVATE KEY', '/looked'];
      const { stdout } = await attempt([
        'docker',
        'run',
        '--rm',
        '--volume',
        `${volume}:/looked:ro`,
        '--entrypoint',
        grep[0] ?? '',
        'node:24-bookworm-slim',
        ...grep.slice(1),
      ]);
      holding.push(
        ...stdout
          .trim()
          .split('\n')
          .filter(Boolean)
          .map((file) => `${volume}${file}`),
      );
    }
    expect(holding).toEqual(expect.arrayContaining([`${project}_emulator-state/looked/authority-key.pem`]));
    expect(holding.filter((file) => !file.startsWith(`${project}_emulator-state/`))).toEqual([]);
    for (const service of ['emulator', ...services]) {
      expect(await opened.stack.logs(service)).not.toMatch(/PRIVATE KEY/);
      const { Mounts } = await opened.stack.inspect(service);
      const names = Mounts.map(({ Name = '' }) => Name);
      expect(names.includes(`${project}_emulator-state`), service).toBe(service === 'emulator');
    }
  });
});
