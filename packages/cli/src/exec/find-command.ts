import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { notRun } from './command-error.ts';

/**
 * Looks for a command as execvp(3) would, before anything is started for it. What it finds may still not run.
 * @param cwd where it will be run
 * @throws CommandError when there is none, or it cannot be run
 */
export function findCommand(file: string, cwd: string, { PATH }: NodeJS.ProcessEnv): void {
  const isPath = file.includes('/');
  // The system has a PATH of its own for who has none.
  if (file === '' || (PATH === undefined && !isPath)) return;
  // Not made shorter: `nowhere/..` is nowhere.
  const within = (folder: string) => failureOf(isAbsolute(file) ? file : `${resolve(cwd, folder)}/${file}`);
  const failures = (isPath ? [''] : (PATH ?? '').split(':')).map(within);
  if (failures.includes(undefined)) return;
  const [first] = failures;
  const denied = failures.find((failure) => failure?.code === 'EACCES');
  throw notRun(file, (isPath ? first : denied) ?? { code: 'ENOENT', message: '' });
}

/** Why this file cannot be run; undefined where it can. */
function failureOf(path: string): NodeJS.ErrnoException | undefined {
  try {
    if (!statSync(path).isFile()) return Object.assign(new Error('no file'), { code: 'EACCES' });
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
