import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Mutant } from './mutant.ts';

/** A mutant that behaves as the code does, so that no test can tell them apart. */
export interface Equivalent {
  readonly file: string;
  readonly is: string;
  readonly becomes: string;
  readonly because: string;
}

/** As it stands in `equivalent.yaml`, by file: what is broken in several ways for one reason stands there once. */
type Listed = Readonly<Record<string, readonly { is: string; becomes: readonly string[]; because: string }[]>>;

/** Reads `equivalent.yaml`. */
export function readEquivalents(): Equivalent[] {
  const listed: Listed = parse(readFileSync(new URL('../equivalent.yaml', import.meta.url), 'utf8')) ?? {};
  return Object.entries(listed).flatMap(([file, list]) =>
    list.flatMap(({ is, becomes, because }) => becomes.map((one) => ({ file, is, becomes: one, because }))),
  );
}

export function isListed(mutant: Mutant, equivalents: readonly Equivalent[]): boolean {
  return equivalents.some((one) => isSame(one, mutant));
}

/** What is listed and was met, and of which nothing is alive: a test tells it apart after all. */
export function killedAfterAll(equivalents: readonly Equivalent[], mutants: readonly Mutant[]): Equivalent[] {
  return equivalents.filter((one) => {
    const met = mutants.filter((mutant) => isSame(one, mutant));
    return met.length > 0 && met.every(({ alive }) => !alive);
  });
}

/** What is listed and was not met, though every mutant of its file was made. */
export function neverMet(equivalents: readonly Equivalent[], mutants: readonly Mutant[]): Equivalent[] {
  const files = new Set(mutants.map(({ file }) => file));
  return equivalents.filter((one) => files.has(one.file) && !mutants.some((mutant) => isSame(one, mutant)));
}

function isSame(one: Equivalent, mutant: Mutant): boolean {
  return one.file === mutant.file && one.is === mutant.is && one.becomes === mutant.becomes;
}
