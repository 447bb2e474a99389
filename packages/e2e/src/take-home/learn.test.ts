import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declaredCalls, readDeclaration } from '@run-edges/edges';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { runEdges } from '../support/command-line.ts';
import { projectOf } from '../support/repository.ts';

/** Calls whom it is asked to, with an ID token of its own from its metadata server, as a service on Cloud Run does. */
const program = `
import { createServer } from 'node:http';
const metadata = 'http://' + process.env.GCE_METADATA_HOST + '/computeMetadata/v1/instance/service-accounts/default/identity?audience=';
createServer(async (request, response) => {
  const [, name] = request.url.split('/');
  const to = process.env[name.toUpperCase() + '_URL'];
  if (to === undefined) return response.end('answered by ' + process.env.K_SERVICE);
  const token = await (await fetch(metadata + to, { headers: { 'metadata-flavor': 'Google' } })).text();
  const answer = await fetch(to, { headers: { authorization: 'Bearer ' + token } });
  response.end(answer.status + ' ' + (await answer.text()));
}).listen(process.env.PORT);
`;

const edges = `# Kept.
services:
  shop: { public: true, calls: [stock] } # in front
  stock:
    calls: [ledger]
  ledger: {} # behind
`;

/** Whom it calls is what it is given: CALLER RECEIVER; without a receiver by itself and without a token. */
const script = `
for (const [caller, receiver] of JSON.parse(process.argv[2])) {
  const answer = await fetch(process.env[caller.toUpperCase() + '_URL'] + '/' + (receiver ?? ''));
  console.log(answer.status, await answer.text());
}
process.exitCode = Number(process.argv[3] ?? 0);
`;

let folder: string;
beforeEach(() => {
  const app = { program };
  folder = projectOf(edges, { shop: app, stock: app, ledger: app });
  writeFileSync(join(folder, 'calls.js'), script);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const learn = (calls: readonly (readonly string[])[], ...flags: readonly string[]) =>
  runEdges(['learn', '--port', '0', ...flags, '--', process.execPath, 'calls.js', JSON.stringify(calls)], folder).ended;
const file = () => join(folder, 'infra', 'edges.yaml');

test('prints a patch with the edges that were used, which git takes, and names those that were not', async () => {
  const { code, stdout, stderr } = await learn([
    ['shop', 'ledger'],
    ['shop', 'ledger'],
    ['shop', 'stock'],
    ['ledger'],
    ['ledger', 'shop'],
  ]);
  expect(code, stderr).toBe(0);
  // The forbidden calls came through.
  expect(stdout).toContain('200 200 answered by ledger');
  expect(stdout).toMatch(/^# declared shop -> stock: 1 call, first 20\S+Z, last 20\S+Z$/m);
  expect(stdout).toMatch(/^# learned {2}shop -> ledger: 2 calls, first 20\S+Z, last 20\S+Z$/m);
  expect(stdout).toContain('+  shop: { public: true, calls: [stock, ledger] } # in front');
  expect(stderr).toContain('NOTHING IS PROTECTED');
  expect(stderr).toMatch(/Declared, and never used:\n {2}stock -> ledger\n/);
  expect(stderr).toMatch(/no token proved a declared caller:\n {2}anonymous -> ledger: 2 calls, .* \(no-credentials\)/);
  expect(stdout + stderr).not.toMatch(/eyJ[\w-]+\./);
  expect(readFileSync(file(), 'utf8')).toBe(edges);

  writeFileSync(join(folder, 'edges.patch'), stdout);
  const applied = await runProgram({ command: 'git', args: ['apply', 'edges.patch'], cwd: folder });
  expect(applied.code, applied.stderr).toBe(0);
  expect(declaredCalls(readDeclaration(file()))).toEqual([
    'anonymous shop',
    'ledger shop',
    'shop ledger',
    'shop stock',
    'stock ledger',
  ]);
  expect(readFileSync(file(), 'utf8')).toContain('# Kept.');
});

test('a file whose lines end as on Windows gets a patch of such lines, which git takes', async () => {
  const windows = edges.replaceAll('\n', '\r\n');
  writeFileSync(file(), windows);
  const { code, stdout, stderr } = await learn([['shop', 'ledger']]);
  expect(code, stderr).toBe(0);
  expect(stdout).not.toContain('\\u000d');
  writeFileSync(join(folder, 'edges.patch'), stdout);
  const args = ['-c', 'core.autocrlf=false', 'apply', 'edges.patch'];
  const applied = await runProgram({ command: 'git', args, cwd: folder });
  expect(applied.code, applied.stderr).toBe(0);
  const after = readFileSync(file(), 'utf8');
  expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  expect(declaredCalls(readDeclaration(file()))).toContain('shop ledger');
});

test('--write applies it, --json is for programs, and the exit code is the command’s', async () => {
  const command = [process.execPath, 'calls.js', '[["stock","shop"]]', '7'];
  const { code, stdout, stderr } = await runEdges(
    ['learn', '--port', '0', '--write', '--json', '--', ...command],
    folder,
  ).ended;
  expect(code, stderr).toBe(7);
  const learned = JSON.parse(stdout.slice(stdout.indexOf('{')));
  expect(learned).toMatchObject({
    edges: [{ caller: 'stock', receiver: 'shop', count: 1, declared: false }],
    added: [{ caller: 'stock', receiver: 'shop' }],
    unused: [
      { caller: 'shop', receiver: 'stock' },
      { caller: 'stock', receiver: 'ledger' },
    ],
    refused: [],
  });
  expect(readFileSync(file(), 'utf8')).toBe(edges.replace('[ledger]', '[ledger, shop]'));
});

test('--output has it alone, whatever the command prints', async () => {
  const output = join(folder, 'learned.json');
  writeFileSync(output, 'of before');
  const says = 'console.log("{of the command}"); await fetch(process.env.SHOP_URL + "/ledger");';
  const command = [process.execPath, '--input-type=module', '-e', says];
  const { code, stdout, stderr } = await runEdges(
    ['learn', '--port', '0', '--json', '--output', output, '--', ...command],
    folder,
  ).ended;
  expect(code, stderr).toBe(0);
  expect(stdout).toBe('{of the command}\n');
  expect(JSON.parse(readFileSync(output, 'utf8')).added).toEqual([{ caller: 'shop', receiver: 'ledger' }]);
});

test('an --output that cannot be written is refused before anything is started', async () => {
  for (const output of ['nowhere/learned.json', '.']) {
    const args = ['learn', '--port', '0', '--output', output, '--', 'echo', 'ran'];
    const { code, stdout, stderr } = await runEdges(args, folder).ended;
    expect([code, stdout]).toEqual([125, '']);
    expect(stderr).toMatch(/Nothing can be written to \S+ \(E\w+\)\. Name a file in a folder that is there\./);
    expect(stderr).not.toContain('Starting');
  }
});

test('an --output that is the declaration, by whatever name, is refused, and the declaration stays', async () => {
  symlinkSync(file(), join(folder, 'linked.yaml'));
  const before = readFileSync(file(), 'utf8');
  for (const output of ['infra/edges.yaml', './linked.yaml']) {
    const args = ['learn', '--port', '0', '--output', output, '--', 'echo', 'ran'];
    const { code, stdout, stderr } = await runEdges(args, folder).ended;
    expect([code, stdout]).toEqual([125, '']);
    expect(stderr).toContain('is the declaration itself. Name another file');
  }
  expect(readFileSync(file(), 'utf8')).toBe(before);
});

test('without a command it learns until Ctrl-C', async () => {
  const learning = runEdges(['learn', '--port', '0', '--json'], folder);
  await expect.poll(() => learning.told(), { timeout: 25_000 }).toContain('Press Ctrl-C to stop');
  const [, url = ''] = /shop[^\n]*?(http:\/\/127\.0\.0\.1:\d+)/.exec(learning.told()) ?? [];
  expect(await (await fetch(`${url}/ledger`)).text()).toBe('200 answered by ledger');
  learning.child.kill('SIGINT');
  const { code, stdout, stderr } = await learning.ended;
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).added).toEqual([{ caller: 'shop', receiver: 'ledger' }]);
});

test.each([
  [['--host', '0.0.0.0'], {}, 'The option learn cannot be true where others reach 0.0.0.0. Listen on 127.0.0.1'],
  [['--name', 'my-machine.local'], {}, 'where others call this machine my-machine.local'],
  [[], { K_SERVICE: 'search' }, 'where K_SERVICE is set: this is Cloud Run, or plays it'],
  [[], { CLOUD_RUN_JOB: 'nightly' }, 'where CLOUD_RUN_JOB is set'],
  [['--edges', 'no.yaml'], {}, 'there is no such file'],
])('with %j and %j nothing is started', async (flags, env, said) => {
  const { code, stdout, stderr } = await runEdges(['learn', '--port', '0', ...flags, '--', 'true'], folder, { env })
    .ended;
  expect({ code, stdout }).toEqual({ code: 125, stdout: '' });
  expect(stderr).toContain(said);
});

test('no other command opens the gates', async () => {
  for (const command of ['up', 'front', 'exec']) {
    const { code, stderr } = await runEdges([command, '--learn', '--', 'true'], folder).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("unknown option '--learn'");
  }
});
