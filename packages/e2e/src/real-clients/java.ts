import { join } from 'node:path';
import { expect } from 'vitest';
import { type Output, runProgram } from './run-program.ts';
import { cache, clients, findToolchain, type Toolchain } from './toolchain.ts';

const folder = join(clients, 'java');
const pom = join(folder, 'pom.xml');
const jars = join(cache, 'java', 'jars');
const repository = join(cache, 'java', 'repository');

export const javaToolchain: Toolchain = await findToolchain({
  name: 'Java',
  commands: ['java', 'javac', 'mvn'],
  manifests: [pom],
  install: [
    {
      command: 'mvn',
      args: [
        '-q',
        '-B',
        '-f',
        pom,
        `-Dmaven.repo.local=${repository}`,
        `-DoutputDirectory=${jars}`,
        'dependency:copy-dependencies',
      ],
    },
  ],
});

/** Runs a program of docs/clients/java, such as `Call`. */
export type RunJava = (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin?: string,
) => Promise<Output>;

/** @param suite whose programs they are: nobody else's are replaced while they run */
export async function compileJava(suite: string): Promise<RunJava> {
  const classes = join(cache, 'java', 'classes', suite);
  const sources = ['Call.java', 'Verify.java'].map((file) => join(folder, file));
  const args = ['-cp', `${jars}/*`, '-d', classes, ...sources];
  expect(await runProgram({ command: 'javac', args })).toEqual({ code: 0, stdout: '', stderr: '' });
  return (program, args, env, stdin = '') =>
    runProgram({ command: 'java', args: ['-cp', `${classes}:${jars}/*`, program, ...args], env, stdin });
}
