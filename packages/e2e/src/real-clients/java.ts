import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Output, runProgram } from './run-program.ts';
import { cache, clients, findToolchain, type Toolchain } from './toolchain.ts';

const folder = join(clients, 'java');
const repository = join(cache, 'java', 'repository');
const jars = join(cache, 'java', 'jars');
/** Where the libraries of the admin APIs are. */
export const adminJars: string = join(cache, 'java', 'admin-jars');
const poms = [
  [join(folder, 'pom.xml'), jars],
  [join(import.meta.dirname, '..', 'admin-clients', 'java', 'pom.xml'), adminJars],
] as const;

export const javaToolchain: Toolchain = await findToolchain({
  name: 'Java',
  commands: ['java', 'javac', 'mvn'],
  manifests: poms.map(([pom]) => pom),
  install: poms.map(([pom, into]) => ({
    command: 'mvn',
    args: [
      '-q',
      '-B',
      '-f',
      pom,
      `-Dmaven.repo.local=${repository}`,
      `-DoutputDirectory=${into}`,
      'dependency:copy-dependencies',
    ],
  })),
});

/** Runs a program, such as `Call` of docs/how-to/clients/java. */
export type RunJava = (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin?: string,
) => Promise<Output>;

/**
 * Compiles the programs of a folder.
 * @param suite whose programs they are: nobody else's are replaced while they run
 */
export async function compileJava(suite: string, from: string = folder, libraries: string = jars): Promise<RunJava> {
  const classes = join(cache, 'java', 'classes', suite);
  const sources = (await readdir(from)).filter((file) => file.endsWith('.java')).map((file) => join(from, file));
  const args = ['-cp', `${libraries}/*`, '-d', classes, ...sources];
  expect(await runProgram({ command: 'javac', args })).toEqual({ code: 0, stdout: '', stderr: '' });
  return (program, options, env, stdin = '') =>
    runProgram({ command: 'java', args: ['-cp', `${classes}:${libraries}/*`, program, ...options], env, stdin });
}
