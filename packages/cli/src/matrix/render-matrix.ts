import { printable } from '@run-edges/edges';
import Table from 'cli-table3';
import { colour } from '../terminal/colour.ts';
import { renderMarks } from './render-marks.ts';
import { asDeclared, type Tried } from './try-matrix.ts';

/** Columns of a page that is no terminal. */
const PAGE_WIDTH = 150;

/**
 * The matrix as a table, a caller in each row, and a line for each verdict that is not as declared. What is wider than
 * the terminal has marks in place of words, and what differs stands above it.
 *
 * @param width in columns; default: the terminal's, at most 150
 */
export function renderMatrix(tried: readonly Tried[], width = terminalWidth()): string {
  const words = renderWords(tried);
  if (words.indexOf('\n') <= width) return [words, renderDifferences(tried)].join('\n');
  const differing = tried.some((one) => !asDeclared(one));
  return [...(differing ? [renderDifferences(tried), ''] : []), renderMarks(tried, width), count(tried)].join('\n');
}

/** A line for each verdict that is not as declared, and how many there are. */
export function renderDifferences(tried: readonly Tried[]): string {
  const differing = tried.filter((one) => !asDeclared(one));
  if (differing.length === 0) return count(tried);
  return [
    count(tried).replace(/\.$/, ':'),
    ...differing.map(
      ({ caller, receiver, status, actual, expected, reason }) =>
        `  ${caller} -> ${receiver}: ${status} ${actual}, declared ${expected} (${printable(reason)})`,
    ),
  ].join('\n');
}

function count(tried: readonly Tried[]): string {
  const differing = tried.filter((one) => !asDeclared(one));
  if (differing.length === 0) return `All ${tried.length} verdicts are as declared.`;
  return `${differing.length} of ${tried.length} verdicts differ from the declaration.`;
}

function terminalWidth(): number {
  return Math.min(process.stdout.columns || PAGE_WIDTH, PAGE_WIDTH);
}

function renderWords(tried: readonly Tried[]): string {
  const receivers = [...new Set(tried.map(({ receiver }) => receiver))];
  const callers = [...new Set(tried.map(({ caller }) => caller))];
  const table = new Table({ head: ['caller \\ receiver', ...receivers], style: { head: [], border: [] } });
  for (const caller of callers) {
    const cells = tried.filter((one) => one.caller === caller);
    table.push([caller, ...receivers.map((receiver) => cell(cells.find((one) => one.receiver === receiver)))]);
  }
  return table.toString();
}

function cell(tried: Tried | undefined): string {
  if (tried === undefined) return '';
  const text = `${tried.status} ${tried.actual}`;
  if (!asDeclared(tried)) return colour('red', `${text}, declared ${tried.expected}`);
  return tried.actual === 'allowed' ? colour('green', text) : colour('dim', text);
}
