import { join } from 'node:path';
import { expect } from 'vitest';
import { goCaches } from './go-caches.ts';
import { type Output, runProgram } from './run-program.ts';
import { cache, clients, findToolchain, type Toolchain } from './toolchain.ts';

const cwd = join(clients, 'go');
const env = { ...process.env, ...goCaches };

export const goToolchain: Toolchain = await findToolchain({
  name: 'Go',
  commands: ['go'],
  manifests: [join(cwd, 'go.mod'), join(cwd, 'go.sum')],
  install: [{ command: 'go', args: ['mod', 'download'], cwd, env }],
});

/** The programs of docs/how-to/clients/go, built. */
export interface GoPrograms {
  /** The file of a program. */
  file(name: string): string;
  run(program: string, args: readonly string[], env: Readonly<Record<string, string>>, stdin?: string): Promise<Output>;
}

/** A build takes minutes where the cache is empty and the machine busy. Milliseconds. */
export const GO_BUILD_MS = 590_000;

/** @param suite whose programs they are: nobody else's are replaced while they run */
export async function buildGo(suite: string, programs: readonly string[]): Promise<GoPrograms> {
  const bin = join(cache, 'go', 'bin', suite);
  const args = ['build', '-o', `${bin}/`, ...programs.map((name) => `./${name}`)];
  const built = await runProgram({ command: 'go', args, cwd, env, timeout: GO_BUILD_MS - 10_000 });
  expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
  const file = (name: string) => join(bin, name);
  return {
    file,
    run: (program, args, env, stdin = '') => runProgram({ command: file(program), args, env, stdin }),
  };
}
