import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { type Ended, runEdges } from '../support/command-line.ts';
import { repository } from '../support/repository.ts';
import { forgedLines, hostileText, steering } from './hostile-text.ts';

/** Answers that are tried in all; `RUN_EDGES_FUZZ=500` for the long run. */
const RUNS = Number(process.env.RUN_EDGES_FUZZ ?? 6);

const folder = mkdtempSync(join(tmpdir(), 'run-edges-gcloud-'));
const canary = join(folder, 'canary');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let stubs = 0;
/** Puts a program in gcloud's place; says the folder for PATH. */
function standIn(script: string, files: Readonly<Record<string, string>> = {}): string {
  const bin = join(folder, `bin-${stubs++}`);
  mkdirSync(bin);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(bin, name), text);
  writeFileSync(join(bin, 'gcloud'), `#!/bin/sh\nhere='${bin}'\n${script}\n`);
  chmodSync(join(bin, 'gcloud'), 0o755);
  return bin;
}

const at = ['--project', 'demo-project'];
const commands: readonly (readonly string[])[] = [
  ['verify', ...at],
  ['destroy', ...at, '--yes'],
  ['check', '--target', 'demo-project'],
  ['deploy', ...at, '--yes', '--tag', 'v1', '--wait', '0'],
];

function run(command: readonly string[], bin: string): Promise<Ended> {
  const env = { PATH: [bin, process.env.PATH].join(delimiter) };
  return runEdges(command, repository, { env }).ended;
}

function expectHarmless({ stdout, stderr }: Ended): void {
  for (const output of [stdout, stderr]) {
    expect(steering(output)).toEqual([]);
    expect(forgedLines(output)).toEqual([]);
    expect(output).not.toMatch(/^\s+at /m);
    expect(output.length).toBeLessThan(100_000);
  }
  expect(existsSync(canary)).toBe(false);
}

const rubbish: Readonly<Record<string, string>> = {
  'nothing at all': 'exit 0',
  'null, whatever it is asked': 'echo null',
  'a page': "echo '<h1>It works!</h1>'",
  'bytes that are no text': "printf '\\377\\376\\000[]'",
  'wrong types': `echo '[{"metadata":{"name":{}},"email":7,"bindings":[null]}]'`,
  'megabytes without an end': 'yes "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" | head -c 100000000',
  'an error with escapes': `printf 'ERROR: (gcloud.x) \\033]0;owned\\007\\033[2J\\nFORGED-LINE\\n' >&2; exit 1`,
  'an error of megabytes': `yes "ERROR: host='a-run." | tr -d '\\n' | head -c 5000000 >&2; exit 1`,
  'its own end by a signal': 'kill -KILL $$',
};

test.each(
  Object.entries(rubbish).map(
    ([kind, script], index) => [kind, script, commands[index % commands.length] ?? []] as const,
  ),
)('gcloud gives %s: a line says so', async (_, script, command) => {
  const ended = await run(command, standIn(script));
  expectHarmless(ended);
  expect(ended.code).toBe(1);
  expect(ended.stderr.split('\n').filter((line) => line.startsWith('run-edges: '))).toHaveLength(1);
});

/** A project in which somebody has put such a text wherever a text can stand. */
function project(text: string): Record<string, string> {
  const member = `user:${text.replaceAll(/[\p{C}\p{Z}]/gu, '')}@example.com`;
  const condition = { title: text, expression: text };
  const services = ['login', 'user-profiles', 'search'].map((name) => ({
    metadata: {
      name,
      labels: { 'managed-by': name === 'login' ? 'run-edges' : text, 'run-edges-bindings': 'authoritative' },
      annotations: { 'run.googleapis.com/ingress': text, 'run.googleapis.com/custom-audiences': text },
    },
    spec: {
      template: {
        spec: { serviceAccountName: text, containers: [{ image: text, env: [{ name: text, value: text }] }] },
      },
    },
    status: { url: text, conditions: [{ type: 'Ready', status: 'False', message: text }] },
  }));
  const bindings = [
    { role: 'roles/run.invoker', members: [member, 'allUsers'] },
    { role: 'roles/run.invoker', members: [`serviceAccount:${member}`], condition },
    { role: 'roles/editor', members: [`serviceAccount:${member.slice(5)}`], condition },
  ];
  const accounts = [{ email: member.slice(5).replace(/^-+/, ''), description: `managed-by=run-edges ${text}` }];
  return {
    services: JSON.stringify(services),
    policy: JSON.stringify({ bindings }),
    accounts: JSON.stringify(accounts),
    apis: 'run.googleapis.com\niam.googleapis.com\n',
  };
}

const answering = `case "$*" in
  *get-iam-policy*) cat "$here/policy" ;;
  'run services list'*) cat "$here/services" ;;
  *'service-accounts list'*) cat "$here/accounts" ;;
  'services list'*) cat "$here/apis" ;;
  'projects describe'*) echo 123456 ;;
  *list*) echo '[]' ;;
esac`;

test('whatever stands in the project, nothing of it steers a terminal or runs, nor when a printed command is copied', async () => {
  await fc.assert(
    fc.asyncProperty(hostileText(canary), fc.constantFrom(...commands), async (text, command) => {
      const ended = await run(command, standIn(answering, project(text)));
      expectHarmless(ended);
      const copied = ended.stdout.split('\n').filter((line) => /^(?:\$ )?gcloud /.test(line) && !line.endsWith('\\'));
      const script = copied.map((line) => line.replace(/^\$ /, '')).join('\n');
      await runProgram({ command: 'sh', args: ['-c', `gcloud() { :; }\n${script}`], cwd: folder });
      expect(existsSync(canary)).toBe(false);
    }),
    { numRuns: RUNS },
  );
});
