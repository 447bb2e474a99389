import Table from 'cli-table3';
import type { Row } from '../measure/row.ts';

/** One table for each unit: figures of different units have nothing to say to each other. */
export function renderTables(title: string, rows: readonly Row[]): string {
  const tables = [...Map.groupBy(rows, ({ unit }) => unit)].map(([unit, of]) => renderTable(unit, of));
  return [title, ...tables].join('\n');
}

function renderTable(unit: string, rows: readonly Row[]): string {
  const table = new Table({
    head: ['', unit, 'min', 'max', 'ratio', 'to', 'target', 'met'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { subject, median, min, max, ratio, baseline, target, met } of rows)
    table.push([
      subject,
      grouped(median),
      grouped(min),
      grouped(max),
      ratio.toFixed(2),
      baseline === subject ? '' : baseline,
      target === null ? '' : `>= ${target.toFixed(2)}`,
      met === null ? '' : met ? 'yes' : 'no',
    ]);
  return table.toString();
}

/** Digits grouped by threes; fractions of figures under 100 kept. */
function grouped(figure: number): string {
  return figure.toLocaleString('en-US', { maximumFractionDigits: figure < 100 ? 2 : 0 });
}
