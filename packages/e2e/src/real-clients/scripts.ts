import { join } from 'node:path';
import { type Output, runProgram } from './run-program.ts';
import { clients, findToolchain, type Toolchain } from './toolchain.ts';

/** Languages whose libraries come with the system: their registries are no place that every machine reaches. */

export const rubyToolchain: Toolchain = await findToolchain({
  name: 'Ruby',
  commands: ['ruby'],
  install: [{ command: 'ruby', args: ['-e', 'require "faraday"; require "googleauth"'] }],
});

export const phpToolchain: Toolchain = await findToolchain({
  name: 'PHP',
  commands: ['php'],
  install: [{ command: 'php', args: ['-r', 'curl_version(); openssl_get_md_methods();'] }],
});

/** Runs a program of docs/how-to/clients/ruby, or of php. */
export function runScript(
  language: 'php' | 'ruby',
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<Output> {
  return runProgram({ command: language, args: [join(clients, language, program), ...args], env, stdin });
}
