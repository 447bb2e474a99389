import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { repository } from '../support/repository.ts';
import { lock } from './lock.ts';
import { type Program, runProgram } from './run-program.ts';

/** The programs that readers copy, a folder for each client. */
export const clients: string = join(repository, 'docs', 'how-to', 'clients');

/** Where the packages of other languages are kept: gone with node_modules. */
export const cache: string = join(repository, 'node_modules', '.cache', 'real-clients');

/** An installation may take this long; a registry that is silent for longer is taken to be away. */
const INSTALL_MS = 150_000;

export interface Toolchain {
  /** How the suite of this client is called: its name, and why it is not run where it cannot be. */
  readonly title: string;
  readonly missing: boolean;
}

export interface Needs {
  readonly name: string;
  /** Commands that must be on PATH. */
  readonly commands: readonly string[];
  /** Files whose change asks for a new installation. */
  readonly manifests?: readonly string[];
  /** What fetches the packages from the language's registry, one after the other. */
  readonly install?: readonly Program[];
}

/** Finds a client's commands and installs its packages; where that cannot be, one line says why. */
export async function findToolchain({ name, commands, manifests = [], install = [] }: Needs): Promise<Toolchain> {
  for (const command of commands) if (!(await onPath(command))) return missing(name, `there is no ${command} on PATH`);
  if (install.length === 0) return { title: name, missing: false };
  await mkdir(cache, { recursive: true });
  // Several suites use one installation, and run at the same time.
  using _alone = await lock(join(cache, `${name}.lock`));
  const stamp = join(cache, `${name}.installed`);
  const wanted = await digestOf(manifests, install);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return { title: name, missing: false };
  for (const program of install) {
    const { code, stdout, stderr } = await runProgram({ timeout: INSTALL_MS, ...program });
    if (code !== 0) return missing(name, `its packages could not be installed: ${why(program, code, stdout + stderr)}`);
  }
  await writeFile(stamp, wanted);
  return { title: name, missing: false };
}

function missing(name: string, why: string): Toolchain {
  const title = `${name} (not run: ${why})`;
  console.warn(title);
  return { title, missing: true };
}

async function onPath(command: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, command), constants.X_OK)));
  return found.some(({ status }) => status === 'fulfilled');
}

async function digestOf(manifests: readonly string[], install: readonly Program[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(install.map(({ command, args }) => [command, args])));
  for (const manifest of manifests) hash.update(await readFile(manifest));
  return hash.digest('hex');
}

function why({ command }: Program, code: number | null, output: string): string {
  if (code === null) return `${command} took longer than ${INSTALL_MS / 1000} s`;
  const lines = stripVTControlCharacters(output).trim().split('\n');
  const line = lines.find((one) => /error/i.test(one)) ?? lines.at(-1);
  return line?.slice(0, 200) || `${command} ended with code ${code}`;
}
