import { writeFileSync } from 'node:fs';
import { printable } from '@run-edges/edges';
import { InvalidArgumentError } from 'commander';
import { path } from '../commands/shared-options.ts';
import { print, tell } from '../terminal/output.ts';
import { github } from './github.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import type { Report, Reporter } from './report.ts';
import { table } from './table.ts';

const reporters = { table, json, junit, github } satisfies Record<string, Reporter>;

export interface AskedReporter {
  readonly name: keyof typeof reporters;
  /** Default: standard output. */
  readonly file?: string;
}

export const reporterNames = Object.keys(reporters).join(', ');

/** Collects `--reporter NAME` and `--reporter NAME=FILE`. */
export function addReporter(text: string, before: readonly AskedReporter[] = []): readonly AskedReporter[] {
  const [, name = '', file] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (!isReporter(name))
    throw new InvalidArgumentError(`It takes one of ${reporterNames}, each with =FILE or without.`);
  const asked = [...before, { name, ...(file === undefined ? {} : { file: path(file) }) }];
  const printed = asked.filter((one) => one.file === undefined).map((one) => one.name);
  if (printed.length > 1 && printed.some((one) => one === 'json' || one === 'junit'))
    throw new InvalidArgumentError(
      `${printed.join(' and ')} cannot share standard output: give one a file, NAME=FILE.`,
    );
  return asked;
}

function isReporter(name: string): name is keyof typeof reporters {
  return Object.hasOwn(reporters, name);
}

/** Writes each report where it was asked for, those to files last: one that cannot be written keeps no other back. */
export function writeReports(report: Report, asked: readonly AskedReporter[]): void {
  for (const { name, file } of asked) if (file === undefined) print(reporters[name](report));
  for (const { name, file } of asked) {
    if (file === undefined) continue;
    writeFileSync(file, `${reporters[name](report)}\n`);
    tell(`Written: ${printable(file)} (${name}).`);
  }
}
