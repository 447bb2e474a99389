import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { EmulatorError } from '../../internal/errors.ts';

/** What runs in a container in place of its image's own entrypoint. Empty lists say nothing. */
export interface Entrypoint {
  /** What stands for the image's own, as the declaration says it: for the shell, or words. Absent: the start script. */
  readonly own?: string | readonly string[] | undefined;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/**
 * The shell's command that starts a service from its folder. What the container's `command` and `args` say, word by word;
 * without a `command` what stands for the image's own entrypoint, followed by the `args`: what the declaration says, or
 * `scripts.start` of the app's package.json, as Google's Node.js buildpack does it.
 * @throws EmulatorError NO_SOURCE, NO_START_SCRIPT, NOT_BUILT
 * @see https://docs.cloud.google.com/run/docs/configuring/services/containers#configure-entrypoint
 * @see https://docs.cloud.google.com/docs/buildpacks/nodejs#entrypoint
 */
export function startCommand(service: string, folder: string, entrypoint: Entrypoint = {}): string {
  const { own, command = [], args = [] } = entrypoint;
  if (command.length > 0) return [...command, ...args].map(quoted).join(' ');
  if (own === undefined) return withArgs(startScript(service, folder), args);
  refuseMissingFolder(service, folder);
  if (typeof own !== 'string') return [...own, ...args].map(quoted).join(' ');
  // A shell of its own: what is wrong in the text is wrong there alone.
  return `/bin/sh -c ${quoted(withArgs(own.trim(), args))}`;
}

function withArgs(text: string, args: readonly string[]): string {
  return args.length === 0 ? text : [withoutLastComment(text), ...args.map(quoted)].join(' ');
}

/** A text for the shell without the comment that it ends in: what follows it would be of the comment. */
function withoutLastComment(text: string): string {
  for (let at = text.lastIndexOf('\n') + 1; ; at++) {
    at = text.indexOf('#', at);
    if (at === -1) return text;
    // What would be wrong anywhere else is right in a comment. Quotes that are open there are wrong as well.
    if (isRight(`${text.slice(0, at + 1)} (`)) return text.slice(0, at).trimEnd();
  }
}

/** Whether a shell could read it; it runs nothing of it. */
function isRight(text: string): boolean {
  return spawnSync('/bin/sh', ['-n', '-c', text], { stdio: 'ignore' }).status === 0;
}

/** Also where a shell would read a word of its own, as in `if`, or a variable's value, as in `A=b`. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function refuseMissingFolder(service: string, folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new EmulatorError(
    'NO_SOURCE',
    `${service} has no app: there is no folder ${shownFolder(folder)}.`,
    `Put the app there, or ${nameAnother(service)}.`,
  );
}

function nameAnother(service: string): string {
  return `name its folder with "source:" under ${service} in the declaration, relative to that file (default: ../apps/${service})`;
}

function shownFolder(folder: string): string {
  return relative(process.cwd(), folder) || '.';
}

function startScript(service: string, folder: string): string {
  const shown = shownFolder(folder);
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest))
    throw new EmulatorError(
      'NO_SOURCE',
      `${service} has no app: there is no package.json in ${shown}${existsSync(folder) ? '' : ', which is not there either'}.`,
      `Put the app there, or ${nameAnother(service)}; one that is not started by npm says how with "command:".`,
    );
  const command = scriptIn(manifest);
  if (command === undefined)
    throw new EmulatorError(
      'NO_START_SCRIPT',
      `${service} cannot be started: ${join(shown, 'package.json')} has no "start" script.`,
      'Add one that starts the server, for example "start": "node dist/server.js", or say how it is started with "command:" in the declaration.',
    );
  const missing = missingFile(command, folder);
  if (missing !== undefined)
    throw new EmulatorError(
      'NOT_BUILT',
      `${service} is not built: ${join(shown, missing)} is missing.`,
      'Run npm run build.',
    );
  return command;
}

function scriptIn(manifest: string): string | undefined {
  try {
    const { scripts } = JSON.parse(readFileSync(manifest, 'utf8'));
    return typeof scripts?.start === 'string' && scripts.start !== '' ? scripts.start : undefined;
  } catch {
    return undefined;
  }
}

/** The script file that the command runs, where it is not there. */
function missingFile(command: string, folder: string): string | undefined {
  const file = command.split(/\s+/).find((word) => /^[\w./-]+\.[cm]?js$/.test(word));
  return file !== undefined && !existsSync(join(folder, file)) ? file : undefined;
}

/** Folders with commands for a start script: the app's own and those of the workspaces above it, nearest first. */
export function commandFolders(folder: string): string[] {
  const parent = dirname(folder);
  return [join(folder, 'node_modules', '.bin'), ...(parent === folder ? [] : commandFolders(parent))];
}
