import { printable } from '@run-edges/edges';
import Table from 'cli-table3';
import { shellCommand } from '../gcloud/shell-command.ts';
import { colour } from '../terminal/colour.ts';
import type { Drift } from './drift.ts';

/** The differences as a table, and below it how each is mended. */
export function renderDrift(drift: readonly Drift[], project: string): string {
  if (drift.length === 0) return `${project} is as declared.`;
  const table = new Table({
    head: ['drift', 'service', 'what'],
    style: { head: [], border: [] },
    colWidths: [22, 20, 80],
    wordWrap: true,
  });
  for (const { kind, service, message } of drift)
    table.push([colour('red', kind), printable(service), printable(message)]);
  const mends = [...new Set(drift.map(mendOf))];
  return [table.toString(), `${drift.length} of them. What mends them:`, ...mends].join('\n');
}

function mendOf({ fix, mend }: Drift): string {
  return fix === undefined ? printable(mend ?? '') : shellCommand(['gcloud', ...fix]);
}
