import { printable } from '@run-edges/edges';
import { Command } from 'commander';
import { caCommand } from './commands/ca.ts';
import { callCommand } from './commands/call.ts';
import { checkCommand } from './commands/check.ts';
import { composeCommand } from './commands/compose.ts';
import { deployCommand } from './commands/deploy.ts';
import { destroyCommand } from './commands/destroy.ts';
import { diagramCommand } from './commands/diagram.ts';
import { envCommand } from './commands/env.ts';
import { execCommand } from './commands/exec.ts';
import { explainCommand } from './commands/explain.ts';
import { frontCommand } from './commands/front.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { jobCommand } from './commands/job.ts';
import { learnCommand } from './commands/learn.ts';
import { relayCommand } from './commands/relay.ts';
import { timeCommand } from './commands/time.ts';
import { tokenCommand } from './commands/token.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';
import { askThisMachineDirectly } from './direct.ts';
import { keptByNpm, keptFlags } from './npm/kept-flags.ts';
import type { OwnApps } from './own-apps.ts';
import { bearClosedOutput, print, tell } from './terminal/output.ts';
import { reportError } from './terminal/report-error.ts';

/** Runs the command line. Exit code 0 is success, 1 a verdict that differs or an error with its mend, 2 wrong usage. */
export async function main(argv: readonly string[], own?: OwnApps): Promise<void> {
  bearClosedOutput();
  askThisMachineDirectly();
  const program = createProgram(own).exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const command of program.commands)
    command.copyInheritedSettings(program).showHelpAfterError(`(run-edges ${command.name()} --help tells more)`);
  refuseKeptFlags(program, argv.slice(2));
  try {
    await program.parseAsync(argv);
  } catch (error) {
    reportError(error);
    process.exit(1);
  }
}

/** Before anything else is said of what is left of the command line. */
function refuseKeptFlags(program: Command, argv: readonly string[]): void {
  const command = program.commands.find((one) => one.name() === argv[0]);
  const kept = command === undefined ? [] : keptFlags(command, argv);
  if (kept.length === 0) return;
  tell(`run-edges: ${printable(keptByNpm(kept, argv))}`);
  process.exit(2);
}

/** The whole command line; nothing runs yet. @param own apps of this repository, if it has some */
export function createProgram(own?: OwnApps): Command {
  // What stands behind the command that exec runs is that command's: positional options.
  return new Command('run-edges')
    .description('Service-to-service authentication on Cloud Run, from one declared graph.')
    .enablePositionalOptions()
    .showHelpAfterError('(run-edges --help tells more)')
    .configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: (text) => tell(text.trimEnd()) })
    .addCommand(upCommand(own))
    .addCommand(execCommand())
    .addCommand(tokenCommand())
    .addCommand(callCommand())
    .addCommand(relayCommand())
    .addCommand(frontCommand())
    .addCommand(composeCommand(own))
    .addCommand(jobCommand())
    .addCommand(timeCommand())
    .addCommand(checkCommand())
    .addCommand(explainCommand())
    .addCommand(envCommand())
    .addCommand(caCommand())
    .addCommand(diagramCommand())
    .addCommand(deployCommand(own))
    .addCommand(verifyCommand())
    .addCommand(destroyCommand())
    .addCommand(initCommand())
    .addCommand(importCommand())
    .addCommand(learnCommand());
}
