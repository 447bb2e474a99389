import { Command } from 'commander';
import { CommandError } from '../exec/command-error.ts';
import { hearSignals } from '../exec/signals.ts';
import { checkCommand, runInCloud, type UpFlags, whileUp } from '../exec/while-up.ts';
import { reportDecision } from '../terminal/decision-log.ts';
import { tell } from '../terminal/output.ts';
import { reportError } from '../terminal/report-error.ts';
import { addEmulatorOptions } from './emulator-options.ts';
import { edgesOption } from './shared-options.ts';

interface ExecFlags extends UpFlags {
  readonly decisions: boolean;
}

/** What ends with this failed by itself, before the command was run: as `timeout` and `docker run` have it. */
const OWN_FAILURE = 125;

export function execCommand(): Command {
  const command = new Command('exec')
    .description(
      'Start everything, wait until it is ready, run a command with the environment of a test, and stop: the exit code is the command’s.',
    )
    .usage('[options] -- <command> [arguments...]')
    .argument('<command...>', 'what is run, without a shell, and its arguments')
    .passThroughOptions()
    .addOption(edgesOption());
  addEmulatorOptions(command)
    .option('--decisions', 'show on standard error whom the gates refuse, and why', false)
    .option('--logs', 'show everything that the services log, not only warnings', false)
    .addHelpText(
      'after',
      `
The command has <SERVICE>_URL of every service, RUN_EDGES_URL and RUN_EDGES_TOKEN: run-edges token and run-edges call
need no more. What it leaves behind is ended. Standard output is its alone.

Exit code: the command's; 128 + n after signal n; 127 where there is no such command, 126 where it cannot be run; ${OWN_FAILURE} where
the services do not come up or the declaration is wrong; 2 for wrong usage.`,
    )
    .action(exec);
  // Many may run on one machine at once.
  command.setOptionValueWithSource('port', 0, 'default');
  const port = command.options.find(({ long }) => long === '--port');
  port?.default(0);
  return command;
}

async function exec(command: readonly string[], flags: ExecFlags): Promise<void> {
  const signals = hearSignals();
  try {
    checkCommand(command);
    process.exitCode = await whileUp(flags, signals, (cloud) => {
      if (flags.decisions) cloud.decisions.onDecision((decision) => reportDecision(decision, tell));
      return runInCloud(command, cloud, signals);
    });
  } catch (error) {
    if (!signals.first.aborted) reportError(error);
    process.exitCode = error instanceof CommandError ? error.exitCode : OWN_FAILURE;
    if (signals.first.aborted) process.exitCode = signals.exitCode();
  }
  // Nothing that a service left open keeps the caller waiting.
  process.exit();
}
