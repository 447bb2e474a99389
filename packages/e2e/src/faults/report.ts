import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/repository.ts';
import type { Entry } from './ledger.ts';

const file = join(repository, 'docs', 'explanation', 'reliability.md');
const BEGIN = '<!-- made by the suite: begin -->';
const END = '<!-- made by the suite: end -->';

/** A fault that this machine could not make. */
export interface Skipped {
  readonly family: string;
  readonly fault: string;
  readonly skipped: string;
}

/** Writes the table into docs/explanation/reliability.md and leaves what stands around it. */
export function writeReport(entries: readonly (Entry | Skipped)[]): void {
  const page = readFileSync(file, 'utf8');
  const [before] = page.split(BEGIN);
  const [, after] = page.split(END);
  const head = [
    '| | fault | calls | failed | wrongly allowed | wrongly refused | writes acknowledged | lost | seconds until all works |',
    '|---|---|--:|--:|--:|--:|--:|--:|--:|',
  ];
  writeFileSync(file, `${before}${BEGIN}\n\n${[...head, ...entries.map(row)].join('\n')}\n\n${END}${after}`);
}

/** Family and fault of every row that is written down. */
export function reportedRows(): string[] {
  const [, made = ''] = readFileSync(file, 'utf8').split(BEGIN);
  const rows = made.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
  return rows.map((line) => {
    const [, family = '', fault = ''] = line.split('|').map((cell) => cell.trim());
    return `${family}: ${fault}`;
  });
}

function row(entry: Entry | Skipped): string {
  const { family, fault } = entry;
  if ('skipped' in entry) return `| ${family} | ${fault} | not tried: ${entry.skipped} | | | | | | |`;
  const { sent, probes, failed, wronglyAllowed, wronglyRefused, acknowledged, lost, seconds, restarts } = entry;
  const cells = [sent + probes, failed, wronglyAllowed.length, wronglyRefused.length, acknowledged, lost.length];
  const until = seconds === undefined ? 'not within 60' : `${seconds.toFixed(1)}${restarts ? ' (a restart)' : ''}`;
  return `| ${family} | ${fault} | ${cells.join(' | ')} | ${until} |`;
}

/** For a terminal. */
export function line(entry: Entry): string {
  const { family, fault, sent, probes, failed, wronglyAllowed, wronglyRefused, acknowledged, lost, seconds } = entry;
  const wrong = `${wronglyAllowed.length} wrongly allowed, ${wronglyRefused.length} wrongly refused`;
  return `${family}: ${fault}: ${sent} calls, ${failed} failed, ${probes} probes, ${wrong}, ${acknowledged} writes acknowledged, ${lost.length} lost, works after ${seconds?.toFixed(2) ?? '-'} s${[...wronglyAllowed, ...wronglyRefused, ...entry.lost].map((what) => `\n  ${what}`).join('')}`;
}
