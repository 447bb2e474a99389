import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Output, runProgram } from '../real-clients/run-program.ts';

/** The gcloud that is on PATH, with one environment for all its commands, each run where its home is: some write files. */
export interface Gcloud {
  run(args: readonly string[]): Promise<Output>;
}

/** gcloud asks again and again, half a minute in all, where the answer is 501. Here it does so without the waiting. */
const LONGEST_PAUSE_SECONDS = '0.1';
/** A bound for what hangs. */
const TIMEOUT_MS = 120_000;

export function gcloudWith(env: Readonly<Record<string, string>> & { readonly HOME: string }): Gcloud {
  const hasty = { ...env, RUN_EDGES_GCLOUD_LONGEST_PAUSE: LONGEST_PAUSE_SECONDS };
  return { run: (args) => runProgram({ command: 'gcloud', args, cwd: env.HOME, env: hasty, timeout: TIMEOUT_MS }) };
}

/** What it has: `run deploy` and its flags, without those that every command has. */
export async function commandsOf(
  env: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const { code, stdout, stderr } = await runProgram({
    command: 'gcloud',
    env: { ...env, CLOUDSDK_PYTHON_ARGS: '-S -' },
    stdin: await readFile(join(import.meta.dirname, 'commands.py'), 'utf8'),
  });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, readonly string[]>;
}
