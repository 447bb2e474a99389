import { spawnSync } from 'node:child_process';
import { Command, InvalidArgumentError, Option } from 'commander';

export interface Arguments {
  /** The targets to break; all when empty. */
  readonly only: readonly string[];
  /** How many targets and lines of each to draw; everything when undefined. */
  readonly sample: number | undefined;
  readonly seed: number;
}

/** The commit as a number, so that what is drawn is the same wherever the same code is tried; 0 where there is none. */
function seedOfCommit(): number {
  const { stdout } = spawnSync('git', ['rev-parse', '--short=7', 'HEAD'], { encoding: 'utf8' });
  return Number.parseInt(stdout?.slice(0, 7) || '0', 16);
}

/** Reads `process.argv.slice(2)`. Wrong usage and `--help` end the process through `exit`: 2 and 0. */
export function readArguments(
  argv: readonly string[],
  files: readonly string[],
  exit: (code: number) => never = process.exit,
): Arguments {
  const program = new Command('npm run mutants --')
    .description('Breaks the decision path, one thing at a time, and runs its tests against each.')
    .addOption(new Option('--only <file...>', 'break these files alone').choices(files).default([]))
    .option('--sample <count>', 'so many files, and so many lines of each', wholeNumber)
    .option(
      '--seed <number>',
      'what the sample is drawn from; the commit where it is not given',
      wholeNumber,
      seedOfCommit(),
    )
    .exitOverride((error) => exit(error.exitCode === 0 ? 0 : 2))
    .parse(argv, { from: 'user' });
  const { only, sample, seed } = program.opts<{ only: string[]; sample?: number; seed: number }>();
  return { only, sample, seed };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It is no whole number.');
  return Number(text);
}
