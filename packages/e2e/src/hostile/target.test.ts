import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request as askAs, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { developerProof, provenTexts } from '@run-edges/emulator';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { type SmallCloud, startSmallCloud } from '../real-clients/small-cloud.ts';
import { type Ended, runEdges } from '../support/command-line.ts';
import { forgedLines, hostileText, steering } from './hostile-text.ts';
import { rubbish, serve } from './rubbish.ts';

/** Answers that are tried in all; `RUN_EDGES_FUZZ=500` for the long run. */
const RUNS = Number(process.env.RUN_EDGES_FUZZ ?? 10);

const folder = mkdtempSync(join(tmpdir(), 'run-edges-target-'));
const canary = join(folder, 'canary');
let small: SmallCloud;
beforeAll(async () => {
  small = await startSmallCloud();
  vi.stubEnv('RUN_EDGES_TOKEN', small.cloud.developerToken);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await small[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const commands: readonly (readonly string[])[] = [
  ['env'],
  ['env', 'search'],
  ['env', '--json'],
  ['env', '--gcloud-config', join(folder, 'configuration')],
  ['check'],
  ['check', '--json'],
  ['explain', 'login', 'search'],
];

/** The command's arguments against a target; credentials go into a folder of the test. */
function against(command: readonly string[], target: string): readonly string[] {
  return [...command, '--target', target, ...(command[0] === 'env' ? ['--folder', join(folder, 'credentials')] : [])];
}

function expectHarmless({ stdout, stderr }: Ended): void {
  for (const output of [stdout, stderr]) {
    expect(steering(output)).toEqual([]);
    expect(forgedLines(output)).toEqual([]);
    expect(output).not.toMatch(/^\s+at /m);
    expect(output.length).toBeLessThan(100_000);
  }
}

/** What a shell makes of it. */
async function evaluated(stdout: string): Promise<void> {
  for (const shell of ['sh', 'bash']) {
    const { code } = await runProgram({ command: shell, args: ['-c', 'eval "$1"', shell, stdout], cwd: folder });
    expect(code).toBe(0);
    expect(existsSync(canary), 'a shell ran what the target said').toBe(false);
  }
}

/** All commands ask by the same function: each kind of rubbish is answered to one of them, or to all on request. */
const tried = Object.keys(rubbish).flatMap((kind, at) =>
  commands
    .filter((_, index) => process.env.RUN_EDGES_FUZZ !== undefined || index === at % commands.length)
    .map((command) => [kind, command.join(' '), command] as const),
);

/** A process of its own for each: one of four by default. */
const tagged = tried.map((one, at) => [...one, at % 4 === 0 ? [] : ['slow']] as const);

for (const [kind, words, command, tags] of tagged)
  test(`whatever listens there answers with ${kind}: run-edges ${words} says so in a line`, { tags }, async () => {
    await using hostile = await serve((_request, response) => rubbish[kind]?.(response));
    const ended = await runEdges(against(command, hostile.url)).ended;
    expectHarmless(ended);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe('');
    const told = ended.stderr.split('\n').filter((line) => line.startsWith('run-edges: '));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/no run-edges emulator|No emulator answers/);
    expect(told[0]).toContain('Start one with run-edges up');
  });

test('one that never answers is given up', async () => {
  await using hostile = await serve(() => undefined);
  const { code, stderr } = await runEdges(against(['check'], hostile.url)).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('No emulator answers');
});

/**
 * A true emulator whose answers are rewritten.
 * @param key with which it proves its answers; default: the developer's token, as if it knew it
 */
function relaying(rewrite: (answer: unknown, path: string) => unknown, key = small.cloud.developerToken) {
  return serve(async (request, response) => {
    const { method = 'GET', url: path = '/' } = request;
    const pieces: Uint8Array[] = [];
    for await (const piece of request) pieces.push(piece);
    const { authorization: given = '', 'content-type': type = 'text/plain' } = request.headers;
    const [, challenge = ''] = /^RunEdges ([^.]+)/.exec(given) ?? [];
    const body = method === 'GET' ? null : Buffer.concat(pieces);
    // A proof is for this address alone: it makes one for the other.
    const { host } = new URL(small.cloud.url);
    const asked = body === null ? undefined : parsed(body.toString());
    const proof = developerProof(small.cloud.developerToken, provenTexts.request(challenge, host, method, path, asked));
    const authorization = challenge === '' ? given : `RunEdges ${challenge}.${proof}`;
    const headers = { authorization, 'content-type': type };
    const answer = await fetch(new URL(path, small.cloud.url), { method, headers, body });
    const told = JSON.stringify(rewrite(await answer.json(), path));
    const answered = developerProof(key, provenTexts.answer(challenge, answer.status, told));
    response.writeHead(answer.status, challenge === '' ? {} : { 'run-edges-proof': answered }).end(told);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same with each text, names included, changed by itself. */
function changing(change: (text: string, place: string) => string) {
  const deep = (value: unknown, place: string): unknown => {
    if (typeof value === 'string') return change(value, place);
    if (Array.isArray(value)) return value.map((one, at) => deep(one, `${place}/${at}`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [change(name, `${place}/${name}?`), deep(one, `${place}/${name}`)]),
    );
  };
  return relaying(deep);
}

describe('an emulator that lies', () => {
  test('is understood where it does not', async () => {
    await using honest = await relaying((answer) => answer);
    for (const command of [['env'], ['env', 'search'], ['check'], ['explain', 'login', 'search']])
      expect(await runEdges(against(command, honest.url)).ended).toMatchObject({ code: 0 });
  });

  test('nothing of its texts runs, forges a line or steers a terminal, whatever they are and wherever they stand', async () => {
    const lie = fc.record({
      text: hostileText(canary),
      /** Of which answers, and how many of their texts, in hundredths; names are left as they are, mostly. */
      of: fc.constantFrom('project', 'credentials', 'token', 'principals', 'services', 'edges', 'decisions'),
      share: fc.constantFrom(10, 40, 100),
      seed: fc.nat(1000),
      whole: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(lie, fc.constantFrom(...commands), async ({ text, of, share, seed, whole }, command) => {
        await using hostile = await changing((said, place) =>
          place.includes(of) && !place.endsWith('?') && chance(place, seed) < share
            ? whole
              ? text
              : said + text
            : said,
        );
        const ended = await runEdges(against(command, hostile.url)).ended;
        expectHarmless(ended);
        expect([0, 1]).toContain(ended.code);
        if (command[0] === 'env' && !command.includes('--json') && ended.code === 0) await evaluated(ended.stdout);
        if (command.includes('--json') && ended.code === 0) JSON.parse(ended.stdout);
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    ['a line break in the e-mail', 'credentials', (canary: string) => `a@b\ntouch ${canary}`],
    ['a command in the e-mail', 'credentials', (canary: string) => `$(touch\${IFS}${canary})@b`],
    ['a command in the project', 'project', (canary: string) => `';touch\${IFS}${canary};'`],
    ['a line break in the project', 'project', (canary: string) => `p\ntouch ${canary}`],
    ['a command in the token', 'token', (canary: string) => `\`touch\${IFS}${canary}\``],
  ])('%s is not run by eval "$(run-edges env)"', async (_, of, text) => {
    await using hostile = await changing((said, place) =>
      place.includes(of) && /\/(?:email|id|access_token)$/.test(place) ? text(canary) : said,
    );
    const script = `eval "$("$@")"`;
    const cli = join(import.meta.dirname, '..', '..', '..', 'cli', 'bin', 'run-edges.js');
    for (const shell of ['sh', 'bash']) {
      await runProgram({
        command: shell,
        args: ['-c', script, shell, process.execPath, cli, ...against(['env'], hostile.url)],
        cwd: folder,
      });
      expect(existsSync(canary)).toBe(false);
    }
  });

  test('it names a metadata server or a gate elsewhere: nobody is asked there, and no token goes there', async () => {
    let asked = 0;
    await using elsewhere = await serve((_request, response) => {
      asked += 1;
      response.end('a.b.c');
    });
    const { port } = new URL(elsewhere.url);
    const other = `[::ffff:127.0.0.1]:${port}`;
    for (const [of, name, value] of [
      ['principals', 'metadataHost', other],
      ['principals', 'metadataHost', `127.0.0.1@${other}`],
      ['services', 'url', `http://${other}`],
      ['services', 'url', 'http://169.254.169.254'],
    ] as const) {
      await using hostile = await changing((said, place) =>
        place.includes(of) && place.endsWith(`/${name}`) ? value : said,
      );
      const { code, stderr } = await runEdges(against(['check'], hostile.url)).ended;
      expect(code).toBe(1);
      expect(stderr).toContain('names an address that is not its own');
    }
    expect(asked).toBe(0);
  });

  test('variables of a service that it makes up are not given to a shell', async () => {
    for (const change of [{ LD_PRELOAD: canary }, { SERVICE_URL: 'http://elsewhere.example' }]) {
      await using hostile = await relaying((answer, path) => {
        if (!path.includes('/environments')) return answer;
        const { environments } = answer as { environments: Record<string, object> };
        return { environments: { ...environments, search: { ...environments.search, ...change } } };
      }, 'x'.repeat(43));
      const { code, stdout, stderr } = await runEdges(against(['env', 'search'], hostile.url)).ended;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain("does not know the developer's token");
    }
  });

  test('its credentials are no more than a sign-in: gcloud would do what another kind of file says', async () => {
    for (const change of [
      { type: 'external_account', credential_source: { file: '/etc/passwd' } },
      { token_uri: 'http://elsewhere.example', credential_source: { executable: { command: `touch ${canary}` } } },
    ]) {
      await using hostile = await relaying((answer, path) => {
        const { credentials, ...rest } = answer as { credentials?: object };
        return path.endsWith('/credentials') ? { ...rest, credentials: { ...credentials, ...change } } : answer;
      });
      const { code, stdout } = await runEdges(against(['env', '--json'], hostile.url)).ended;
      if ('type' in change) expect(code).toBe(1);
      else {
        const { CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: file } = JSON.parse(stdout);
        const { default: written } = await import(file, { with: { type: 'json' } });
        expect(Object.keys(written)).toEqual(['type', 'client_id', 'client_secret', 'refresh_token']);
      }
    }
  });
});

describe('whoever does not know the developer’s token', () => {
  const asDeveloper: readonly (readonly string[])[] = [
    ['env'],
    ['env', 'search'],
    ['token', 'ada', 'search'],
    ['call', 'ada', 'search', '/', '--data', 'hunter2'],
    ['job', 'nightly', '--env', 'PASSWORD=hunter2'],
  ];
  const shapes: Readonly<Record<string, unknown>> = {
    callers: { callers: [{ name: 'ada', kind: 'principal', member: 'user:a@b', how: 'user', email: 'a@b' }] },
    jobs: { jobs: [{ name: 'nightly', problem: null }] },
    credentials: {
      email: 'ada@example.com',
      credentials: { type: 'authorized_user', client_id: 'a', client_secret: 'b', refresh_token: 'c' },
    },
    'id-token': { token: 'a.b.c' },
    executions: { execution: 'nightly-1' },
    environments: { environments: { search: { PATH: '/evil' } } },
  };

  const ways = ['makes up a challenge', 'says whatever was said to it', 'hands on a challenge of another emulator'];
  const told = asDeveloper.map((command, at) => [ways[at % ways.length] ?? '', command] as const);

  for (const [what, command] of told)
    test(`and ${what} is told nothing by run-edges ${command.join(' ')}`, async () => {
      const told: string[] = [];
      await using stranger = await serve(async (request, response) => {
        const { method = 'GET', url = '/', rawHeaders } = request;
        const pieces: Uint8Array[] = [];
        for await (const piece of request) pieces.push(piece);
        told.push(`${method} ${url} ${rawHeaders.join(' ')} ${Buffer.concat(pieces)}`);
        const { pathname, searchParams } = new URL(url, 'http://a');
        const nonce = searchParams.get('nonce') ?? '';
        const last = pathname.split('/').at(-1) ?? '';
        if (last === 'challenge')
          response.end(
            JSON.stringify(
              what === 'makes up a challenge'
                ? { challenge: 'c', proof: developerProof('x'.repeat(43), provenTexts.challenge(nonce, 'c')) }
                : what === 'says whatever was said to it'
                  ? { challenge: nonce, proof: nonce }
                  : await (await fetch(`${small.cloud.url}/run-edges/v1/challenge?nonce=${'n'.repeat(22)}`)).json(),
            ),
          );
        else if (last in shapes) response.end(JSON.stringify(shapes[last]));
        else response.end(await (await fetch(new URL(url, small.cloud.url))).text());
      });
      const { code, stdout, stderr } = await runEdges(against(command, stranger.url)).ended;
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('it is told nothing');
      expect(told.filter((one) => one.includes('/challenge'))).toHaveLength(1);
      for (const one of told) {
        expect(one).not.toContain(small.cloud.developerToken);
        expect(one).not.toMatch(/authorization|hunter2|^POST/i);
      }
    });

  test.each([
    ['as it is', (text: string) => text],
    ['otherwise', (text: string) => text.replace(/"audience":"[^"]*"/, '"audience":"https://evil.example"')],
  ])('hands on in vain what an emulator elsewhere on this machine is to be asked, %s', async (_how, change) => {
    for (const named of [true, false]) {
      await using between = await serve(async (incoming, response) => {
        const { method = 'GET', url = '/', headers } = incoming;
        const body = change(await text(incoming));
        const { host, 'content-length': _, ...rest } = headers;
        // Under the name by which it was asked itself, or under the right one.
        const sent = askAs(new URL(url, small.cloud.url), {
          method,
          headers: { ...rest, ...(named ? { host } : {}), ...(body === '' ? {} : { 'content-length': body.length }) },
        }).end(body);
        const [answer] = (await once(sent, 'response')) as [IncomingMessage];
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      for (const command of [['token', 'login', 'search'], ['env']]) {
        const { code, stdout, stderr } = await runEdges(against(command, between.url)).ended;
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toMatch(/its answer is not proven \(401 at .*Name the emulator as run-edges up prints it/);
      }
    }
  });
});

test('a user name and a password in --target are not shown', async () => {
  const password = ['hunter', '2'].join('');
  const { code, stdout, stderr } = await runEdges(against(['env'], `http://ada:${password}@127.0.0.1:9`)).ended;
  expect(code).toBe(1);
  expect(stdout + stderr).not.toContain(password);
});

/** A number below 100 that is always the same for a place. */
function chance(place: string, seed: number): number {
  return [...place].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 9973, seed) % 100;
}
