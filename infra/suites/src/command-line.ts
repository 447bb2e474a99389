import { Command } from 'commander';

export interface Arguments {
  /** Also what is slow by nature. */
  readonly all: boolean;
}

const ONE = 'node .config/pnpm.mjs exec vitest run --config .config/vitest.config.ts';

/** Reads `process.argv.slice(2)`. Wrong usage and `--help` end the process through `exit`: 2 and 0. */
export function readArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  exit: (code: number) => never = process.exit,
): Arguments {
  const program = new Command('npm test --')
    .description('Lint and types, audit, unit, contract, edge matrix, storage, browser: the suites of every change.')
    .option('--all', 'also what is slow by nature; the environment variable CI=true implies it', inCi(env.CI))
    .addHelpText(
      'after',
      `\nTests of one file or folder, and one test by its name:\n  ${ONE} packages/auth -t 'an audience'`,
    )
    .showHelpAfterError(`(npm test -- --help says what there is; the tests of one folder: ${ONE} packages/auth)`)
    .exitOverride((error) => exit(error.exitCode === 0 ? 0 : 2))
    .parse(argv, { from: 'user' });
  return program.opts<Arguments>();
}

/** As GitHub, GitLab and most others set it. */
function inCi(said = ''): boolean {
  return said === 'true' || said === '1';
}
