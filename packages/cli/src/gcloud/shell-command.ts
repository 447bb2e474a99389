import { shellWord } from '@run-edges/edges';

/**
 * Stands in a command where a shell shall put the project's number: a script knows it only when it runs. No value of a
 * declaration or an argument can hold a NUL.
 */
export const PROJECT_NUMBER = '\0PROJECT_NUMBER\0';

const WIDTH = 100;

/** The command as a POSIX shell reads it, broken over lines where it is long. */
export function shellCommand(words: readonly string[]): string {
  const quoted = words.map(quoteWord);
  const line = quoted.join(' ');
  if (line.length <= WIDTH) return line;
  const flags = quoted.findIndex((word, index) => index > 0 && /^["']?-/.test(word));
  const head = quoted.slice(0, flags === -1 ? quoted.length : flags);
  // A long list of names is broken, too: after `gcloud services enable`.
  const names = head.findIndex((word) => !/^[a-z][a-z-]*$/.test(word));
  const stays = head.join(' ').length > WIDTH && names > 0 ? names : head.length;
  return [quoted.slice(0, stays).join(' '), ...quoted.slice(stays).map((word) => `    ${word}`)].join(' \\\n');
}

function quoteWord(word: string): string {
  const parts = word.split(PROJECT_NUMBER);
  if (parts.length === 1) return shellWord(word);
  // Where nothing in it means anything to a shell, one pair of quotes reads better than many.
  const plain = parts.every((part, at) => PLAIN.test(part) && (at === 0 || !/^\w/.test(part)));
  return plain ? `"${parts.join('$PROJECT_NUMBER')}"` : parts.map(shellWord).join('"$PROJECT_NUMBER"');
}

/** What a shell leaves alone in double quotes. */
const PLAIN = /^[\w@%+=:,./^;|~-]*$/;
