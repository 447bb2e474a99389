import { type Change, printable } from '@run-edges/edges';
import { colour } from '../terminal/colour.ts';

const signs = { added: ['green', '+'], removed: ['red', '-'], changed: ['yellow', '~'] } as const;

/** One line for each change, and one for what comes up because of them. */
export function renderChanges(file: string, changes: readonly Change[], deploying: readonly string[]): string {
  const lines = changes.map(({ kind, what, settings }) => {
    const [shade, sign] = signs[kind];
    return `  ${colour(shade, sign)} ${printable([what, ...(settings.length > 0 ? [settings.join(', ')] : [])].join(': '))}`;
  });
  if (deploying.length > 0) lines.push(`  starting: ${printable(deploying.join(', '))}`);
  return [`${printable(file)} has changed, and everything follows it:`, ...lines].join('\n');
}

/** @param said what is wrong, where, and the mend */
export function renderRefusal(file: string, said: string): string {
  return `${colour('red', said)}\n${printable(file)} is not taken like this; what it said before goes on. Mend it and save it.`;
}
