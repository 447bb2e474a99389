import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runProgram } from './real-clients/run-program.ts';
import { runEdges } from './support/command-line.ts';
import { repository } from './support/repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'run-edges-closed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ours = { 'managed-by': 'run-edges', 'cloud.googleapis.com/location': 'us-central1' };
const services = ['login', 'user-profiles', 'search'].map((name) => ({
  metadata: { name, labels: ours },
  spec: { template: { spec: { serviceAccountName: `${name}-run@demo-project.iam.gserviceaccount.com` } } },
  status: { url: `https://${name}.example`, conditions: [{ type: 'Ready', status: 'True' }] },
}));
const accounts = services.map(({ metadata: { name } }) => ({
  email: `${name}-run@demo-project.iam.gserviceaccount.com`,
  description: 'managed-by=run-edges',
}));

/** A program in gcloud's place that writes down what it is asked for, and knows a project that run-edges has deployed. */
const bin = join(folder, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'services.json'), JSON.stringify(services));
writeFileSync(join(bin, 'accounts.json'), JSON.stringify(accounts));
writeFileSync(
  join(bin, 'gcloud'),
  `#!/bin/sh
echo "$*" >>"$GCLOUD_LOG"
case "$*" in
'services list'*) printf 'run.googleapis.com\\niam.googleapis.com\\nartifactregistry.googleapis.com\\n' ;;
'projects describe'*) echo 100000000001 ;;
'run services list'*) cat '${bin}/services.json' ;;
'iam service-accounts list'*) cat '${bin}/accounts.json' ;;
*' list '*json*) echo '[]' ;;
*json*) echo '{}' ;;
esac
`,
);
chmodSync(join(bin, 'gcloud'), 0o755);

interface Result {
  readonly code: number | null;
  /** What was asked of gcloud, in no order: some of it is asked side by side. */
  readonly asked: readonly string[];
}

let runs = 0;
async function run(args: readonly string[], output: 'read' | 'closed'): Promise<Result> {
  const log = join(folder, `log-${runs++}`);
  writeFileSync(log, '');
  const env = { PATH: [bin, process.env.PATH].join(delimiter), GCLOUD_LOG: log };
  const running = runEdges(args, repository, { env });
  if (output === 'closed') {
    running.child.stdout?.destroy();
    running.child.stderr?.destroy();
  }
  const { code } = await running.ended;
  return { code, asked: readFileSync(log, 'utf8').trim().split('\n').toSorted() };
}

const at = ['--project', 'demo-project'];
const compose = join(folder, 'compose.yml');

test.for([
  ['destroy', ...at, '--yes'],
  ['deploy', ...at, '--yes', '--image-prefix', 'example.com/apps', '--tag', 'v1', '--wait', '0'],
  ['verify', ...at, '--fix', '--yes'],
  ['explain', 'login', 'nobody'],
  ['compose', '--output', compose],
])('%j ends as it would, when nobody reads what it prints', async (args) => {
  const [whole, closed] = await Promise.all([run(args, 'read'), run(args, 'closed')]);
  expect(closed).toEqual(whole);
  if (args[0] === 'destroy') expect(whole.asked.filter((line) => line.includes(' delete '))).toHaveLength(6);
});

test('destroy goes on behind a head that has seen enough', async () => {
  const log = join(folder, 'log-head');
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter), GCLOUD_LOG: log };
  const command = `"${process.execPath}" packages/cli/bin/run-edges.js destroy --project demo-project --yes | head -n 1`;
  const { stdout } = await runProgram({ command: 'sh', args: ['-c', command], env, cwd: repository });
  expect(stdout.split('\n').length).toBe(2);
  // The shell waits for all of a pipeline.
  expect(readFileSync(log, 'utf8').match(/ delete /g)).toHaveLength(6);
});

test('check ends with its verdict, and stops what it started', async () => {
  expect(await run(['check'], 'closed')).toMatchObject({ code: 0 });
});
