import { shellWord } from '@run-edges/edges';

/** What a shell goes by, or does not let be set, and ends. */
const ITS_OWN =
  /^(?:HOME|PATH|SHELL|PWD|OLDPWD|IFS|CDPATH|PS\d|PROMPT_COMMAND|OPT(?:ARG|IND|ERR)|E?UID|PPID|GROUPS|SHELLOPTS|POSIXLY_CORRECT|BASH\w*|ZDOTDIR|ZSH\w*|status|argv|path|cdpath|fpath)$/;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether a shell can hold the variable, and goes on as it is with it. */
export function isForShell(variable: string): boolean {
  return NAME.test(variable) && !ITS_OWN.test(variable);
}

/** Lines that a POSIX shell evaluates. */
export function shellLines(set: Readonly<Record<string, string>>, unset: readonly string[]): string[] {
  return [
    `unset ${unset.join(' ')}`,
    ...Object.entries(set).map(([name, value]) => `export ${name}=${shellWord(value)}`),
  ];
}
