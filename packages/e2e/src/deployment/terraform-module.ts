import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Output, runProgram } from '../real-clients/run-program.ts';
import { repository } from '../support/repository.ts';

export const terraformFolder: string = join(repository, 'infra', 'terraform');

export const place = { project: 'demo-project', number: '123456789012', region: 'europe-west1' };

interface Condition {
  readonly title: string;
  readonly expression: string;
}

/** What runs, in one of its regions. */
export type Placed = Record<string, unknown> & { name: string; region: string; env: Record<string, string> };

/** What senders are made of, by id; and who may make them call. */
export interface DerivedSenders {
  readonly topics: Record<string, string>;
  readonly subscriptions: Record<string, Record<string, unknown>>;
  readonly queues: Record<string, Record<string, unknown>>;
  readonly schedules: Record<string, Record<string, unknown>>;
  readonly triggers: Record<string, Record<string, unknown>>;
  readonly grants: Record<string, { on: string; name: string; role: string; member: string }>;
}

/** What infra/terraform/declaration derives from a declaration. */
export interface Derived {
  readonly accounts: Record<string, string>;
  readonly invokers: Record<string, string[]>;
  readonly tests: Record<string, { account: string; member: string }>;
  readonly edges: Record<string, { receiver: string; member: string; condition: Condition | null }>;
  readonly services: Record<string, Placed>;
  readonly jobs: Record<string, Placed>;
  readonly worker_pools: Record<string, Placed>;
  /** Account ids, each once. */
  readonly identities: Record<string, string>;
  /** By whose name the account of each caller is known. */
  readonly holders: Record<string, string>;
  readonly federated: Record<string, { account: string; member: string }>;
  readonly senders: DerivedSenders;
  readonly limited_invokers: Record<string, { receiver: string; condition: Condition; members: string[] }>;
}

/** The real Terraform, with nothing of this machine's own settings. */
export function terraform(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Output> {
  const own = {
    PATH: process.env.PATH,
    HOME: tmpdir(),
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_CLI_CONFIG_FILE: '/dev/null',
  };
  return runProgram({ command: 'terraform', args, cwd, env: { ...own, ...env }, timeout: 240_000 });
}

/** The module that needs no provider, in a folder of its own. */
export interface TerraformModule extends AsyncDisposable {
  readonly folder: string;
  /** What Terraform makes of a declaration. @throws what it says when it refuses */
  evaluate(file: string, variables?: Readonly<Record<string, string>>): Promise<Derived>;
}

export async function openTerraformModule(): Promise<TerraformModule> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-terraform-'));
  const cwd = join(folder, 'declaration');
  cpSync(join(terraformFolder, 'declaration'), cwd, { recursive: true });
  const { code, stderr } = await terraform(cwd, ['init', '-backend=false']);
  if (code !== 0) throw new Error(stderr);
  let runs = 0;
  return {
    folder,
    async evaluate(file, variables = {}) {
      const given = { file, project: place.project, project_number: place.number, region: place.region, ...variables };
      const vars = Object.entries(given).flatMap(([name, value]) => ['-var', `${name}=${value}`]);
      const state = `-state=${join(folder, `${++runs}.tfstate`)}`;
      const applied = await terraform(cwd, ['apply', '-auto-approve', '-no-color', state, ...vars]);
      if (applied.code !== 0) throw new Error(applied.stderr);
      const { stdout } = await terraform(cwd, ['output', '-json', state]);
      const outputs = JSON.parse(stdout) as Record<string, { value: unknown }>;
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { value }]) => [name, value]),
      ) as unknown as Derived;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
