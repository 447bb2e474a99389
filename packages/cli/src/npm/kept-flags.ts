import type { Command } from 'commander';
import { wrapperOf } from './called-from.ts';

/** Scripts that run this command themselves: what npm kept of one that runs tests, for instance, was not meant for it. */
const RUNS_THIS = /(?:^|[\s/"'])run-edges(?:\.js)?(?:$|[\s"'])/;

/**
 * Flags of a command that npm kept for itself, because they stood before the `--` of `npm run SCRIPT -- FLAGS`. It says
 * nothing where it knows the flag, such as --json and --dry-run, but tells them to what it runs.
 * https://docs.npmjs.com/cli/v11/using-npm/config#environment-variables
 * @param argv what the command was given
 */
export function keptFlags(command: Command, argv: readonly string[], env: NodeJS.ProcessEnv = process.env): string[] {
  if (!RUNS_THIS.test(env.npm_lifecycle_script ?? '')) return [];
  return command.options.flatMap(({ long }) => {
    // npx is told --yes for its own sake.
    if (long === '--yes' && env.npm_lifecycle_event === 'npx') return [];
    const kept = long && env[`npm_config_${long.slice(2).replaceAll('-', '_')}`];
    return kept && !argv.some((word) => word === long || word.startsWith(`${long}=`)) ? [long] : [];
  });
}

/** What to say to somebody who wrote such flags. */
export function keptByNpm(flags: readonly string[], argv: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const script = wrapperOf(env)?.script || env.npm_lifecycle_event || '';
  const run = ['start', 'test'].includes(script) ? `npm ${script}` : `npm run ${script}`;
  const command = script === 'run-edges' ? `${argv[0]} ` : '';
  const mend =
    script === 'npx'
      ? `Write ${flags.join(', ')} behind the command, and behind the -- of npm run.`
      : `Write -- before all flags that are not npm's own, as in: ${run} -- ${command}${flags[0]}`;
  return `npm took ${flags.join(', ')} for itself. ${mend}`;
}
