import { existsSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { lock } from '../real-clients/lock.ts';
import { type Output, runProgram } from '../real-clients/run-program.ts';
import { repository } from '../support/repository.ts';

declare module 'vitest' {
  interface ProvidedContext {
    packedFolder: string;
  }
}

export const names = ['run-edges', '@run-edges/auth', '@run-edges/edges', '@run-edges/emulator'] as const;
export type Name = (typeof names)[number];

/** The tarballs of the four packages as they are published. */
export type Packed = Readonly<Record<Name, string>>;

/** Packs them, with what is built, by the script that a release runs: once for a run of tests, whoever comes first. */
export async function packAll(): Promise<Packed> {
  const run = inject('packedFolder');
  const folder = join(run, 'all');
  using _alone = await lock(join(run, 'lock'));
  if (!existsSync(folder)) {
    const unfinished = mkdtempSync(join(run, 'unfinished-'));
    await succeeds(
      runProgram({
        command: process.execPath,
        args: [join(repository, '.config', 'pnpm.mjs'), '--silent', 'run', 'pack:all'],
        cwd: repository,
        env: { ...process.env, PACKED: unfinished },
        timeout: 300_000,
      }),
    );
    renameSync(unfinished, folder);
  }
  const there = readdirSync(folder);
  const tarballOf = (name: Name): string => {
    const start = `${name.replace('@', '').replace('/', '-')}-`;
    const found = there.find((file) => file.startsWith(start) && /^\d/.test(file.slice(start.length)));
    if (found === undefined) throw new Error(`There is no tarball of ${name} among ${there.join(', ')}.`);
    return join(folder, found);
  };
  return Object.fromEntries(names.map((name) => [name, tarballOf(name)])) as Record<Name, string>;
}

/** Runs npm, npx or what they installed, on this Node or another, as nobody who runs tests: without npm's variables. */
export function inProject(
  cwd: string,
  [command = '', ...args]: readonly string[],
  {
    node = process.execPath,
    env = {},
    timeout = 240_000,
  }: { node?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<Output> {
  const own = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|RUN_EDGES|NODE_ENV|VITEST|TEST|FORCE_COLOR)/i.test(name)),
  );
  const path = [dirname(node), own.PATH].join(':');
  return runProgram({ command, args, cwd, env: { ...own, PATH: path, NO_COLOR: '1', ...env }, timeout });
}

export async function succeeds(running: Promise<Output>): Promise<Output> {
  const output = await running;
  if (output.code !== 0) throw new Error(`ended with ${output.code}:\n${output.stdout}${output.stderr}`);
  return output;
}
