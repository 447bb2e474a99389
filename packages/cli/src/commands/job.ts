import { didYouMean, printable } from '@run-edges/edges';
import type { ListedExecution } from '@run-edges/emulator';
import { Command } from 'commander';
import { askAsDeveloper } from '../developer-api.ts';
import { answers } from '../emulator-answers.ts';
import { askEmulator, TargetError } from '../emulator-api.ts';
import { colour } from '../terminal/colour.ts';
import { print, tell } from '../terminal/output.ts';
import { pairs, repeated, type Settings } from './settings.ts';
import { targetOption, visible, wholeNumber } from './shared-options.ts';

interface JobFlags {
  readonly target: string;
  readonly env: Settings<string>;
  readonly tasks?: number;
  readonly json: boolean;
}

export function jobCommand(): Command {
  return new Command('job')
    .description('Run a job of a running emulator, show what it writes, and say what became of it.')
    .argument('<name>', 'a deployed job', visible('a name'))
    .argument('[arguments...]', 'arguments of its container for this run, after --')
    .addOption(targetOption())
    .option('--tasks <number>', 'run so many tasks', wholeNumber(1, 10_000))
    .addOption(
      repeated(
        '--env <NAME=value>',
        'a variable for this run',
        pairs((text) => text),
      ),
    )
    .option('--json', 'print the result as JSON; what the job writes goes to standard error', false)
    .addHelpText('after', '\nExit code 0: it succeeded; 1: it failed, or was cancelled by Ctrl-C.')
    .action(job);
}

async function job(name: string, given: readonly string[], flags: JobFlags): Promise<void> {
  const { target, env, tasks } = flags;
  await checkRunnable(target, name);
  const executions = `/run-edges/v1/jobs/${encodeURIComponent(name)}/executions`;
  const asked = { env, ...(given.length === 0 ? {} : { args: given }), ...(tasks === undefined ? {} : { tasks }) };
  const { execution } = await askAsDeveloper(target, executions, answers.started, asked);
  const at = `${executions}/${encodeURIComponent(execution)}`;
  const cancel = () => void askAsDeveloper(target, `${at}/cancel`, answers.cancelled, {}).catch(() => undefined);
  process.once('SIGINT', cancel).once('SIGTERM', cancel);

  const ended = await follow(target, at, flags.json ? tell : undefined);
  const { lines: _, ...result } = ended;
  const succeeded = ended.status === 'EXECUTION_SUCCEEDED';
  if (flags.json) print(JSON.stringify(result, null, 2));
  else tell(summary(ended, succeeded));
  process.exitCode = succeeded ? 0 : 1;
}

/** @throws TargetError where there is no such job, or it cannot be run */
async function checkRunnable(target: string, name: string): Promise<void> {
  const { jobs } = await askEmulator(target, '/run-edges/v1/jobs', answers.jobs);
  const found = jobs.find((one) => one.name === name);
  if (found?.problem === null) return;
  if (found !== undefined) throw new TargetError(`The job ${name} cannot be run.`, `${found.problem}`);
  const names = jobs.map((one) => one.name);
  throw new TargetError(
    `There is no job ${JSON.stringify(name)} at ${target}.`,
    names.length === 0
      ? 'Declare one under jobs: in edges.yaml and save it, or deploy one with gcloud run jobs deploy.'
      : (didYouMean(name, names) ?? `Jobs: ${names.join(', ')}.`),
  );
}

/** Shows what it writes until it is over. @param only where everything goes; default: where its task wrote it */
async function follow(
  target: string,
  at: string,
  only: ((text: string) => void) | undefined,
): Promise<ListedExecution> {
  for (let after = 0; ; ) {
    const state = await askAsDeveloper(target, `${at}?after=${after}`, answers.execution);
    const several = state.tasks.length > 1;
    for (const { number, task, stream, line } of state.lines) {
      if (number > after + 1) tell(colour('yellow', `(${number - after - 1} lines left out)`));
      after = number;
      const write = only ?? (stream === 'stdout' ? print : tell);
      write(`${several ? `${colour('cyan', `task ${task}`)} ` : ''}${printable(line)}`);
    }
    // The last lines come with the answer that it is over.
    if (state.status !== 'EXECUTION_RUNNING' && state.lines.length === 0) return state;
  }
}

function summary({ execution, tasks, message }: ListedExecution, succeeded: boolean): string {
  const good = tasks.filter(({ state }) => state === 'Succeeded').length;
  const tries = tasks.reduce((sum, { attempts }) => sum + attempts, 0);
  const count = `${good} of ${tasks.length} task${tasks.length === 1 ? '' : 's'} succeeded, in ${tries} attempt${tries === 1 ? '' : 's'}`;
  return succeeded
    ? `${colour('green', printable(execution))} ${count}`
    : `${colour('red', printable(execution))} ${count}: ${printable(message)}`;
}
