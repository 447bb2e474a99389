/** Stands in a command where a shell shall put the project's number: a script knows it only when it runs. */
export const PROJECT_NUMBER = '$PROJECT_NUMBER';

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
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!word.includes(PROJECT_NUMBER)) return `'${word.replaceAll("'", "'\\''")}'`;
  const parts = word.split(PROJECT_NUMBER).map((part) => part.replace(/["\\$`]/g, '\\$&'));
  return `"${parts.join(PROJECT_NUMBER)}"`;
}
