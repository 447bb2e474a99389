import { join } from 'node:path';
import { type Output, runProgram } from './run-program.ts';
import { cache, clients, findToolchain, type Toolchain } from './toolchain.ts';

const requirements = [
  join(clients, 'python', 'requirements.txt'),
  join(import.meta.dirname, '..', 'admin-clients', 'python', 'requirements.txt'),
];
const venv = join(cache, 'python');

/** The interpreter that has the libraries of docs/how-to/clients/python, and those of the admin APIs. */
export const python: string = join(venv, 'bin', 'python');

export const pythonToolchain: Toolchain = await findToolchain({
  name: 'Python',
  commands: ['python3'],
  manifests: requirements,
  install: [
    { command: 'python3', args: ['-m', 'venv', '--clear', venv] },
    {
      command: python,
      args: ['-m', 'pip', 'install', '--quiet', '--retries', '1', ...requirements.flatMap((file) => ['-r', file])],
    },
  ],
});

/** The file of a program of docs/how-to/clients/python. */
export function pythonProgram(name: string): string {
  return join(clients, 'python', name);
}

export function runPython(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<Output> {
  return runProgram({ command: python, args: [pythonProgram(program), ...args], env, stdin });
}
