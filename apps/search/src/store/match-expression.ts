const MAX_WORDS = 10;

/**
 * Turns what somebody typed into an FTS5 expression: every word quoted (so that no syntax is left in it) and matched as
 * a prefix. `undefined` when there is nothing to look for.
 * https://www.sqlite.org/fts5.html#full_text_query_syntax
 */
export function matchExpression(text: string): string | undefined {
  const words = text
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, MAX_WORDS);
  if (words.length === 0) return undefined;
  return words.map((word) => `"${word.replaceAll('"', '""')}" *`).join(' ');
}
