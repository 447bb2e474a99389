import { Command, Option } from 'commander';

export interface Arguments {
  /** Print the rows as JSON instead of tables. */
  readonly json: boolean;
  /** The one bench to run; all when undefined. */
  readonly only: string | undefined;
}

/** Reads `process.argv.slice(2)`. Wrong usage and `--help` end the process through `exit`: 2 and 0. */
export function readArguments(
  argv: readonly string[],
  benches: readonly string[],
  exit: (code: number) => never = process.exit,
): Arguments {
  const program = new Command('npm run bench --')
    .description("This repository's parts beside their peers, as ratios.")
    .addOption(new Option('--only <name>', 'run one bench').choices(benches))
    .option('--json', 'print an array of {bench, subject, unit, median, min, max, ratio, baseline, target, met}', false)
    .exitOverride((error) => exit(error.exitCode === 0 ? 0 : 2))
    .parse(argv, { from: 'user' });
  const { json, only } = program.opts<{ json: boolean; only?: string }>();
  return { json, only };
}
