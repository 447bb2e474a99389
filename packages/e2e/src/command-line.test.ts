import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Running, runEdges } from './support/command-line.ts';
import { copyOfDeclaration, projectOf } from './support/repository.ts';

const running: Running[] = [];
function run(args: readonly string[], cwd?: string): Running {
  const command = runEdges(args, cwd);
  running.push(command);
  return command;
}
afterEach(async () => {
  for (const { child } of running) child.kill('SIGTERM');
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});

const server = `
import { createServer } from 'node:http';
createServer((request, response) => response.end('ok')).listen(process.env.PORT);
`;
/** Several starts of the command, or of the three apps. */
const SLOW = { tags: 'slow' };
const oneService = 'services:\n  app: { public: true }\n';

/** One line that names cause and mend, no stack trace, exit code 1. */
async function refusedInOneLine(command: Running, ...parts: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await command.ended;
  expect(code).toBe(1);
  expect(stdout).toBe('');
  const lines = stderr.split('\n').filter((line) => line.startsWith('run-edges:'));
  expect(lines).toHaveLength(1);
  for (const part of parts) expect(lines[0]).toContain(part);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('options of the emulator', () => {
  test.each([
    ['--gate', 'nonsense=1', 'There is no setting of gate "nonsense".', 'Known: stripAuthorization,'],
    ['--gate', 'requestTimeout=0', 'cannot be 0', 'from 1 to 3600000'],
    ['--gate', 'services.serch.tags=[a]', '"serch", which is no service', 'Declared: login,'],
    ['--google', 'wrongFlavorStatus=500', 'cannot be 500', '403 or 404'],
    ['--fault', 'certsDown=1', 'The fault certsDown cannot be 1', 'true or false'],
    ['--env', 'nobody.X=1', 'The option env names "nobody"', 'Declared:'],
    ['--workload-identity', 'none.yaml', 'none.yaml holds no workload identity providers', 'ENOENT'],
  ])('%s %s is refused with what there is', async (option, value, ...parts) => {
    await refusedInOneLine(run(['up', '--port', '0', option, value]), ...parts);
  });
});

describe('run-edges explain', () => {
  test('calls a token empty that is', async () => {
    const folder = projectOf(oneService, { app: { program: server } });
    writeFileSync(join(folder, 'token'), ' \n');
    const explain = run(['explain', 'stranger', 'app', '--token-file', 'token'], folder);
    await refusedInOneLine(explain, 'The token in token cannot be read (it is empty).');
  });
});

describe('run-edges deploy', () => {
  test('says that an emulator builds no images before it does anything', async () => {
    const folder = projectOf(oneService, { app: { program: server } });
    const env = { CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: 'http://run.emulator.internal/', PATH: process.env.PATH };
    const deploy = runEdges(['deploy', '--project', 'run-edges-local', '--tag', 'v1'], folder, { env });
    running.push(deploy);
    await refusedInOneLine(
      deploy,
      'an emulator, which builds no images; nothing was done.',
      '--image-prefix us-central1-',
    );
  });
});

describe('run-edges check', () => {
  test('prints the array of the contract and nothing else with --json', async () => {
    const { code, stdout } = await run(['check', '--json']).ended;
    expect(code).toBe(0);
    const cells = JSON.parse(stdout);
    expect(cells).toHaveLength(15);
    for (const cell of cells) {
      expect(Object.keys(cell)).toEqual(['caller', 'receiver', 'expected', 'actual', 'status', 'reason']);
      expect(cell.actual).toBe(cell.expected);
      expect(cell.status).toBe(cell.expected === 'allowed' ? 200 : 403);
      expect(cell.reason).not.toBe('');
    }
  });

  test('takes variables, services that run already and settings of gates, as up does', SLOW, async () => {
    const seen = `import { createServer } from 'node:http';
createServer((_, response) => response.writeHead(process.env.ANSWER ?? 500).end('app')).listen(process.env.PORT);`;
    const folder = projectOf('services:\n  app: { public: true }\n  api: {}\n', { app: { program: seen } });
    const front = createServer((_request, response) => response.writeHead(201).end()).listen(0, '127.0.0.1');
    await once(front, 'listening');
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const args = ['check', '--json', '--env', 'app.ANSWER=202', '--front', `api=${url}`];
    const statuses = async (...more: readonly string[]) => {
      const { stdout, stderr } = await run([...args, ...more], folder).ended;
      const cells = JSON.parse(stdout || '[]') as { caller: string; receiver: string; status: number }[];
      return { stderr, app: cells.find(({ receiver }) => receiver === 'app')?.status, api: cells.at(-1)?.status };
    };
    expect(await statuses()).toMatchObject({ app: 202, api: 403 });
    expect(await statuses('--gate', 'services.api.invokerIamDisabled=true')).toMatchObject({ app: 202, api: 201 });
    front.close();
  });

  test.each([
    '--env=app.A=1',
    '--front=app=http://127.0.0.1:9',
    '--gate=requestTimeout=5000',
    '--fault=certsDown=true',
  ])('refuses %s for what runs already', async (flag) => {
    const { code, stderr } = await run(['check', '--target', 'http://127.0.0.1:9', flag]).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("cannot be used with option '--target");
  });

  test('follows the declaration when an edge is added and taken away, and nothing else is touched', SLOW, async () => {
    const { folder, edit } = copyOfDeclaration();
    const searchCell = async () => {
      const { code, stdout } = await run(['check', '--json'], folder).ended;
      expect(code).toBe(0);
      return JSON.parse(stdout).find(
        ({ caller, receiver }: Record<string, string>) => caller === 'login' && receiver === 'search',
      );
    };
    expect(await searchCell()).toMatchObject({ actual: 'forbidden', status: 403 });
    edit((text) => text.replace('calls: [user-profiles]', 'calls: [user-profiles, search]'));
    expect(await searchCell()).toMatchObject({ actual: 'allowed', status: 200 });
    edit((text) => text.replace('calls: [user-profiles, search]', 'calls: [user-profiles]'));
    expect(await searchCell()).toMatchObject({ actual: 'forbidden', status: 403 });
  });

  test('exits with 1 and names the edge when a verdict differs from the declaration', async () => {
    const { folder, edit } = copyOfDeclaration();
    const up = run(['up', '--port', '0', '--no-follow'], folder);
    const api = /APIs: (http:\S+)/.exec(await up.printed('Press Ctrl-C'))?.[1] ?? '';
    expect((await run(['check', '--target', api], folder).ended).code).toBe(0);
    expect((await run(['explain', 'login', 'search', '--target', api], folder).ended).stderr).toBe('');
    edit((text) => text.replace('calls: [search]', 'calls: [login]'));
    const { code, stdout } = await run(['check', '--target', api], folder).ended;
    expect(code).toBe(1);
    expect(stdout).toContain('1 of 15 verdicts differ from the declaration:');
    expect(stdout).toContain('user-profiles -> search: 200 allowed, declared forbidden');
    const differing = await run(['check', '--target', api, '--only-differences'], folder).ended;
    expect(differing.code).toBe(1);
    expect(differing.stdout.split('\n')).toEqual([
      '1 of 15 verdicts differ from the declaration:',
      expect.stringContaining('  user-profiles -> search: 200 allowed, declared forbidden'),
      '',
    ]);
    const asJson = await run(['check', '--target', api, '--only-differences', '--json'], folder).ended;
    expect(JSON.parse(asJson.stdout)).toEqual([
      {
        ...{ caller: 'user-profiles', receiver: 'search', expected: 'forbidden', actual: 'allowed', status: 200 },
        reason: expect.any(String),
      },
    ]);
    const explained = await run(['explain', 'user-profiles', 'search', '--target', api], folder).ended;
    expect(explained.stderr).toContain(`is not what the emulator at ${api} has read: start it again.`);
  });

  test('says so when nothing, or something else, answers at --target', SLOW, async () => {
    const other = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await refusedInOneLine(
      run(['check', '--target', `http://127.0.0.1:${port}`]),
      'is no run-edges emulator',
      'npm start',
    );
    other.close();
    await refusedInOneLine(run(['check', '--target', `http://127.0.0.1:${port}`]), 'No emulator answers', 'npm start');
    const talker = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(talker, 'listening');
    const api = `http://127.0.0.1:${(talker.address() as AddressInfo).port}`;
    await refusedInOneLine(run(['check', '--target', api]), 'is no run-edges emulator', 'no JSON');
    talker.close();
    await refusedInOneLine(run(['check', '--target', 'prod']), 'is not a URL');
  });
});

describe('run-edges up', () => {
  test('prints addresses and the matrix, and Ctrl-C ends it and its services', async () => {
    const up = run(['up', '--port', '0', '--people', '20']);
    const printed = await up.printed('Press Ctrl-C');
    expect(printed).toContain('All 15 verdicts are as declared.');
    expect(printed).toContain('ada@example.com');
    const gate = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? '';
    expect((await fetch(`${gate}/health/live`)).status).toBe(200);
    up.child.kill('SIGINT');
    expect((await up.ended).code).toBe(0);
    await expect(fetch(`${gate}/health/live`)).rejects.toThrow();
  });

  test('a service that dies is started again, and that is told', SLOW, async () => {
    const program = `${server} if (process.env.K_SERVICE === 'app') setTimeout(() => process.exit(3), 1500);`;
    const up = run(['up', '--port', '0'], projectOf(oneService, { app: { program } }));
    await up.printed('Press Ctrl-C');
    await vi.waitFor(
      async () => expect(up.told()).toMatch(/app ended by itself; it is being started again.*app is ready again/s),
      {
        timeout: 20_000,
      },
    );
  });

  test('a taken port is told', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await refusedInOneLine(run(['up', '--port', `${port}`]), `Port ${port}`, 'is taken', '--port');
    other.close();
  });

  test('a service to stand before that is not there shows in the matrix, and the others are tried', SLOW, async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const up = run(
      ['up', '--port', '0', '--front', `other=http://127.0.0.1:${port}`],
      projectOf('services:\n  app: { public: true }\n  other: { public: true }\n', { app: { program: server } }),
    );
    const printed = await up.printed('Press Ctrl-C');
    expect(printed).toContain('anonymous -> other: 503 unclear, declared allowed');
    expect(printed).not.toContain('-> app:');
  });

  test('a setting of a service names service and variable', async () => {
    const { code, stderr } = await run(['up', '--env', 'app=3']).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('service.NAME=value');
  });

  test('a malformed declaration is told with line, column and mend', async () => {
    const folder = projectOf('services:\n  app:\n    calls: [nobody]\n', {});
    await refusedInOneLine(run(['up', '--port', '0'], folder), 'edges.yaml:3:13', 'nobody');
    await refusedInOneLine(run(['check'], projectOf('services: [', {})), 'edges.yaml:1');
    await refusedInOneLine(run(['check', '--edges', 'none.yaml']), 'none.yaml');
  });

  test('an app that crashes at start is told, and nothing is left running', SLOW, async () => {
    const crash = 'console.error("no database"); process.exit(4);';
    const folder = projectOf('services:\n  app: { public: true }\n  other: {}\n', {
      app: { program: crash },
      other: { program: server },
    });
    await refusedInOneLine(run(['up', '--port', '0'], folder), 'app ended at start with exit code 4: no database');
  });

  test('a missing build, app or start script is told', SLOW, async () => {
    await refusedInOneLine(
      run(['up', '--port', '0'], projectOf(oneService, { app: { start: 'node dist/server.js' } })),
      'dist/server.js is missing',
      'npm run build',
    );
    await refusedInOneLine(run(['up', '--port', '0'], projectOf(oneService, {})), 'there is no package.json');
    await refusedInOneLine(
      run(['up', '--port', '0'], projectOf(oneService, { app: { start: '' } })),
      'no "start" script',
    );
  });

  test('wrong usage is told with exit code 2', async () => {
    for (const args of [['up', '--port', 'x'], ['up', '--port', '-1'], ['nonsense'], ['check', '--nonsense']])
      expect((await run(args).ended).code, args.join(' ')).toBe(2);
    const { code, stdout } = await run(['up', '--help']).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('--people');
  });
});
