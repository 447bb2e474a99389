/** A word of a command that an error prints, as a POSIX shell reads it: in quotes where it could mean anything else. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
