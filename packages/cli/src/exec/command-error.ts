import { MendableError } from '../mendable-error.ts';

/** A command that cannot be run, with the exit code that a shell would end with. */
export class CommandError extends MendableError {
  override readonly name = 'CommandError';
  readonly exitCode: 126 | 127;

  constructor(message: string, mend: string, exitCode: 126 | 127) {
    super(message, mend);
    this.exitCode = exitCode;
  }
}

/** Why a command cannot be run, by what the system said of it. */
export function notRun(
  file: string,
  { code = '', message }: Pick<NodeJS.ErrnoException, 'code' | 'message'>,
): CommandError {
  if (code === 'ENOENT')
    return new CommandError(
      `There is no command ${JSON.stringify(file)}.`,
      'Install it, or write its path; no shell stands between: for one write sh -c "...".',
      127,
    );
  if (code === 'EACCES')
    return new CommandError(`${JSON.stringify(file)} cannot be run.`, 'Make it executable: chmod +x.', 126);
  return new CommandError(
    `${JSON.stringify(file)} cannot be run (${code || message}).`,
    'Run it alone to see why.',
    126,
  );
}
