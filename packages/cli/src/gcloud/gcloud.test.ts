import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { projectNumber } from '../deployment/live.ts';
import { shape } from '../shape.ts';
import { createGcloud } from './gcloud.ts';
import { printed } from './gcloud-answers.ts';

const pauses = [0, 0, 0];
const deploy = ['run', 'deploy', 'login', '--project=demo'];
const aborted =
  'ERROR: (gcloud.run.services.add-iam-policy-binding) ABORTED: There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.';
const apiOff =
  'ERROR: (gcloud.run.deploy) PERMISSION_DENIED: Cloud Run Admin API has not been used in project 1 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=1 then retry.';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-gcloud-'));
  vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A program in gcloud's place that notes its arguments, fails so often with these words, and then prints. */
function standIn({ failures = 0, stderr = '', stdout = '' }): { runs(): number; args(): string } {
  const at = (name: string) => join(folder, name);
  writeFileSync(at('stderr'), stderr);
  writeFileSync(at('stdout'), stdout);
  writeFileSync(at('runs'), '');
  const script = `#!/bin/sh
echo run >> '${at('runs')}'
for word in "$@"; do printf '%s\\n' "$word"; done > '${at('args')}'
echo "prompts=$CLOUDSDK_CORE_DISABLE_PROMPTS" >> '${at('args')}'
if [ "$(wc -l < '${at('runs')}')" -le ${failures} ]; then cat '${at('stderr')}' >&2; exit 1; fi
cat '${at('stdout')}'
`;
  writeFileSync(at('gcloud'), script);
  chmodSync(at('gcloud'), 0o755);
  return {
    runs: () => readFileSync(at('runs'), 'utf8').split('\n').length - 1,
    args: () => readFileSync(at('args'), 'utf8'),
  };
}

test('arguments reach it as they are, and it never waits for an answer', async () => {
  const { args } = standIn({ stdout: 'done\n' });
  const words = ['a b', '$HOME', "it's", '*', '--set-env-vars=^;^A=1,2;B="3"'];
  expect(await createGcloud().run(words)).toBe('done\n');
  expect(args()).toBe(`${words.join('\n')}\nprompts=1\n`);
});

const anything = shape<unknown>({});

test('asks for JSON, and says when it gets none', async () => {
  const { args } = standIn({ stdout: '{"a":1}' });
  expect(await createGcloud().json(['x'], anything)).toEqual({ a: 1 });
  expect(args()).toContain('--format=json\n');
  standIn({ stdout: 'no' });
  await expect(createGcloud().json(['x'], anything)).rejects.toThrow(
    'gcloud x printed what is not understood (that is no JSON).',
  );
});

describe('whatever it prints', () => {
  const rubbish = [
    '',
    'null',
    '1',
    '""',
    '{}',
    '[null]',
    '[[]]',
    '{"__proto__":[]}',
    '{"bindings":{}}',
    '{"bindings":[{"role":1}]}',
    `${'['.repeat(1e5)}${']'.repeat(1e5)}`,
  ];

  test.each(rubbish.map((text) => [text.slice(0, 40), text]))('%s is no list of services', async (_, stdout) => {
    standIn({ stdout });
    const asked = createGcloud().json(['run', 'services', 'list'], printed.services);
    await expect(asked).rejects.toThrow('gcloud run services list printed what is not understood');
  });

  test.each([
    ['services', [{ metadata: { name: '--help' } }]],
    ['services', [{ metadata: { name: 'a b' } }]],
    ['services', [{ metadata: { name: 'a', labels: { 'managed-by': 1 } } }]],
    ['services', [{ metadata: { name: 'a' }, spec: { template: { spec: { containers: [{ env: [{}] }] } } } }]],
    ['services', [{ metadata: { name: 'a' }, status: { conditions: {} } }]],
    ['policy', { bindings: [{ role: 'roles/x --quiet', members: [] }] }],
    ['policy', { bindings: [{ role: 'projects/p/roles/--help', members: [] }] }],
    ['policy', { bindings: [{ role: 'roles/x', members: ['user:a\nb'] }] }],
    ['policy', { bindings: [{ role: 'roles/x', members: 'allUsers' }] }],
    ['policy', { bindings: [{ role: 'roles/x', members: [], condition: true }] }],
    ['accounts', [{ email: '--help' }]],
    ['accounts', [{ email: null }]],
    ['tags', [{ image: 'a', tag: 1 }]],
    ['repositories', [{}]],
    ['role', { includedPermissions: 'run.routes.invoke' }],
  ] as const)('as %s %j is refused, before it becomes a word of a command', async (kind, value) => {
    standIn({ stdout: JSON.stringify(value) });
    await expect(createGcloud().json<unknown>(['x'], printed[kind])).rejects.toMatchObject({ kind: 'unknown' });
  });

  test.each(['', 'none', '12\n13', '$(id)'])('%j is no number of a project', async (stdout) => {
    standIn({ stdout });
    await expect(projectNumber(createGcloud(), 'demo')).rejects.toThrow('gcloud printed no number of demo.');
  });

  test('of megabytes of complaint the end is kept', async () => {
    const stderr = `${"host='a-run.".repeat(400_000)}\n${apiOff}\n`;
    standIn({ failures: 1, stderr });
    await expect(createGcloud().run(deploy)).rejects.toMatchObject({ kind: 'api-off' });
  });
});

test('a command that is longer than this machine takes says so', async () => {
  standIn({});
  const flag = `--set-env-vars=A=${'x'.repeat(1 << 20)}`;
  await expect(createGcloud().run(['run', 'deploy', flag])).rejects.toMatchObject({
    message: `This machine takes no command with --set-env-vars of ${flag.length} characters.`,
    mend: 'Shorten env and audiences in the declaration.',
  });
});

describe('what passes by itself', () => {
  test('a policy that somebody else changed is changed again, from the start', async () => {
    const { runs } = standIn({ failures: 2, stderr: aborted, stdout: 'ok' });
    const told: string[] = [];
    expect(await createGcloud({ pauses, onRetry: ({ kind }) => told.push(kind) }).run(deploy)).toBe('ok');
    expect(runs()).toBe(3);
    expect(told).toEqual(['policy-changed', 'policy-changed']);
  });

  test('it is not tried for ever', async () => {
    const { runs } = standIn({ failures: 100, stderr: aborted });
    await expect(createGcloud({ pauses }).run(deploy)).rejects.toMatchObject({ kind: 'policy-changed' });
    expect(runs()).toBe(1 + pauses.length);
  });

  test('an API that is off is waited for once it was enabled, and not before', async () => {
    const gcloud = createGcloud({ pauses });
    const off = standIn({ failures: 1, stderr: apiOff });
    await expect(gcloud.run(deploy)).rejects.toMatchObject({ kind: 'api-off' });
    expect(off.runs()).toBe(1);
    standIn({});
    await gcloud.run(['services', 'enable', 'run.googleapis.com']);
    const { runs } = standIn({ failures: 1, stderr: apiOff, stdout: 'ok' });
    expect(await gcloud.run(deploy)).toBe('ok');
    expect(runs()).toBe(2);
  });

  test.each([
    ["ERROR: (gcloud.run.deploy) PERMISSION_DENIED: Permission 'run.services.create' denied", 'no-permission'],
    ['ERROR: gcloud crashed (ConnectionError): Max retries exceeded', 'network'],
    ['ERROR: (gcloud.run.deploy) something new', 'unknown'],
  ])('%s is not tried again', async (stderr, kind) => {
    const { runs } = standIn({ failures: 1, stderr });
    await expect(createGcloud({ pauses }).run(deploy)).rejects.toMatchObject({ kind, stderr });
    expect(runs()).toBe(1);
  });
});

test('says where to get it when it is not there', async () => {
  vi.stubEnv('PATH', folder);
  await expect(createGcloud().run(deploy)).rejects.toMatchObject({
    kind: 'no-gcloud',
    message: 'There is no gcloud on PATH.',
    mend: expect.stringContaining('https://cloud.google.com/sdk/docs/install'),
  });
});

test('every command is told before it runs, and at most four run at once', async () => {
  standIn({});
  writeFileSync(
    join(folder, 'gcloud'),
    `#!/bin/sh\nls '${folder}'/running-* 2>/dev/null | wc -l\ntouch '${folder}'/running-$$\nsleep 0.2\nrm '${folder}'/running-$$\n`,
  );
  const told: string[] = [];
  let ended = 0;
  const gcloud = createGcloud({ onCommand: ([name = '']) => told.push(name), onEnd: () => ended++ });
  const names = Array.from({ length: 9 }, (_, index) => `command-${index}`);
  const beside = await Promise.all(names.map((name) => gcloud.run([name])));
  expect(told).toEqual(names);
  expect(ended).toBe(9);
  expect(Math.max(...beside.map(Number))).toBeLessThan(4);
});
