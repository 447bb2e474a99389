import { printable } from '@run-edges/edges';
import Table from 'cli-table3';
import { colour } from '../terminal/colour.ts';
import { asDeclared, type Tried } from './try-matrix.ts';

/** The matrix as a table, a caller in each row, and below it a line for each verdict that is not as declared. */
export function renderMatrix(tried: readonly Tried[]): string {
  const receivers = [...new Set(tried.map(({ receiver }) => receiver))];
  const callers = [...new Set(tried.map(({ caller }) => caller))];
  const table = new Table({ head: ['caller \\ receiver', ...receivers], style: { head: [], border: [] } });
  for (const caller of callers) {
    const cells = tried.filter((one) => one.caller === caller);
    table.push([caller, ...receivers.map((receiver) => cell(cells.find((one) => one.receiver === receiver)))]);
  }
  return [table.toString(), summary(tried)].join('\n');
}

function cell(tried: Tried | undefined): string {
  if (tried === undefined) return '';
  const text = `${tried.status} ${tried.actual}`;
  if (!asDeclared(tried)) return colour('red', `${text}, declared ${tried.expected}`);
  return tried.actual === 'allowed' ? colour('green', text) : colour('dim', text);
}

function summary(tried: readonly Tried[]): string {
  const differing = tried.filter((one) => !asDeclared(one));
  if (differing.length === 0) return `All ${tried.length} verdicts are as declared.`;
  return [
    `${differing.length} of ${tried.length} verdicts differ from the declaration:`,
    ...differing.map(
      ({ caller, receiver, status, actual, expected, reason }) =>
        `  ${caller} -> ${receiver}: ${status} ${actual}, declared ${expected} (${printable(reason)})`,
    ),
  ].join('\n');
}
