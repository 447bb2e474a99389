import { printable } from '@run-edges/edges';
import { stringify } from 'yaml';
import { type Draft, type DraftEntry, parts } from './draft.ts';

/** The text of a declaration in which every line says where it comes from. */
export function writeDraft({ head, entries, notes }: Draft): string {
  const lines = head.map(comment);
  for (const part of parts) {
    const own = entries.filter((entry) => entry.part === part);
    if (own.length > 0) lines.push(`${part}:`, ...own.flatMap(linesOf));
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => comment(`- ${note}`)));
  return `${lines.join('\n')}\n`;
}

function linesOf({ name, from, settings, calls }: DraftEntry): string[] {
  const given = Object.entries(settings);
  const empty = given.length === 0 && calls.length === 0;
  return [
    `  ${inline(name)}:${empty ? ' {}' : ''} ${comment(from)}`,
    ...given.map(([key, { value, from: whence }]) => `    ${key}: ${inline(value)} ${comment(whence)}`),
    ...(calls.length === 0 ? [] : ['    calls:']),
    ...calls.map(({ value, from: whence }) => `      - ${inline(value)} ${comment(whence)}`),
  ];
}

/** In one line, as YAML reads it back. */
function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, blockQuote: false }).trimEnd();
}

/** A comment ends with its line, whatever others have put into their names. */
function comment(text: string): string {
  return text === '' ? '#' : `# ${printable(text, { atMost: LONGEST })}`;
}

/** UTF-16 units. */
const LONGEST = 1000;
