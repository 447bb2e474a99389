import Table from 'cli-table3';
import { type Equivalent, isListed } from './equivalent.ts';
import type { Mutant } from './mutant.ts';

export function renderTable(mutants: readonly Mutant[], equivalents: readonly Equivalent[]): string {
  const table = new Table({
    head: ['', 'mutants', 'killed', 'equivalent', 'alive'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const row = (name: string, of: readonly Mutant[]) => {
    const alive = of.filter((mutant) => mutant.alive);
    const listed = alive.filter((mutant) => isListed(mutant, equivalents));
    table.push([name, of.length, of.length - alive.length, listed.length, alive.length - listed.length]);
  };
  for (const [file, of] of Map.groupBy(mutants, (mutant) => mutant.file)) row(file, of);
  row('in all', mutants);
  return table.toString();
}

/** What lives, as `equivalent.yaml` would list it. */
export function renderAlive({ file, line, is, becomes }: Mutant): string {
  return `alive  ${file}:${line}\n  - is: ${JSON.stringify(is)}\n    becomes: ${JSON.stringify(becomes)}`;
}

export function renderStale(why: string, { file, is, becomes }: Equivalent): string {
  return `stale  ${file}: ${why}\n  - is: ${JSON.stringify(is)}\n    becomes: ${JSON.stringify(becomes)}`;
}
