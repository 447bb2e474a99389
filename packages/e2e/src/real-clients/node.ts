import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../support/repository.ts';
import { type Output, runProgram } from './run-program.ts';
import { clients } from './toolchain.ts';

/** Runs a program of docs/how-to/clients/node, such as `call.js`. */
export type RunNode = (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin?: string,
) => Promise<Output>;

/**
 * The programs of docs/how-to/clients/node, copied below node_modules: there they find the libraries that this workspace has.
 * @param suite whose programs they are: nobody else's are replaced while they run
 */
export async function copyNode(suite: string): Promise<RunNode> {
  const programs = join(repository, 'packages', 'e2e', 'node_modules', '.cache', suite);
  await cp(join(clients, 'node'), programs, { recursive: true });
  return (program, args, env, stdin = '') =>
    runProgram({ command: process.execPath, args: [join(programs, program), ...args], env, stdin });
}
