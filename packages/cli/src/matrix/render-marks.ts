import Table from 'cli-table3';
import { colour } from '../terminal/colour.ts';
import { asDeclared, type Tried } from './try-matrix.ts';

/** Receivers between two lines, and the columns of the page that they take with one of them. */
const TOGETHER = 10;
const GROUP_WIDTH = 2 * TOGETHER + 2;

const LEGEND = '✓ allowed, · forbidden, ✗ differs from the declaration. Columns are numbered as the rows are.';

/**
 * The matrix with a mark for each verdict. A receiver's column has the number that stands beside its name. What does not
 * fit side by side stands below.
 *
 * @param width in columns
 */
export function renderMarks(tried: readonly Tried[], width: number): string {
  const receivers = [...new Set(tried.map(({ receiver }) => receiver))];
  const callers = [...new Set(tried.map(({ caller }) => caller))];
  const digits = `${receivers.length}`.length;
  const numberOf = new Map(receivers.map((receiver, index) => [receiver, `${index + 1}`.padStart(digits)]));
  const labelled = (name: string) => `${numberOf.get(name) ?? ' '.repeat(digits)} ${name}`;
  const verdicts = new Map(tried.map((one) => [`${one.caller} ${one.receiver}`, one]));

  // The label's column has a blank and a line on each side.
  const longest = Math.max(...callers.map((caller) => labelled(caller).length)) + 4;
  const labels = Math.min(longest, Math.max(digits + 6, width - GROUP_WIDTH));
  const groups = slices(receivers, TOGETHER);
  const band = (some: readonly (readonly string[])[]) => {
    const table = new Table({
      head: ['\n'.repeat(digits - 1), ...some.map((group) => numbers(group.map((one) => numberOf.get(one) ?? '')))],
      colWidths: [labels - 2],
      chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
      style: { head: [], border: [] },
    });
    for (const caller of callers)
      table.push([
        labelled(caller),
        ...some.map((group) => group.map((receiver) => mark(verdicts.get(`${caller} ${receiver}`))).join(' ')),
      ]);
    return table.toString();
  };
  const bands = slices(groups, Math.max(1, Math.floor((width - labels) / GROUP_WIDTH))).map(band);
  const others = receivers.filter((receiver) => !callers.includes(receiver)).map(labelled);
  return [...bands, LEGEND, ...others].join('\n');
}

/** Numbers from top to bottom, beside each other. */
function numbers(some: readonly string[]): string {
  const digits = Array.from({ length: some[0]?.length ?? 0 }, (_, line) => line);
  return digits.map((line) => some.map((one) => one.charAt(line)).join(' ')).join('\n');
}

function mark(tried: Tried | undefined): string {
  if (tried === undefined) return ' ';
  if (!asDeclared(tried)) return colour('red', '✗');
  return tried.actual === 'allowed' ? colour('green', '✓') : colour('dim', '·');
}

function slices<T>(list: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / length) }, (_, at) => list.slice(at * length, (at + 1) * length));
}
