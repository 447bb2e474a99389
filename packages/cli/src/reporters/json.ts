import { asDeclared } from '../matrix/try-matrix.ts';
import type { Report } from './report.ts';

/** For programs: an array of `{caller, receiver, expected, actual, status, reason}`. */
export function json({ tried, onlyDifferences }: Report): string {
  return JSON.stringify(onlyDifferences ? tried.filter((one) => !asDeclared(one)) : tried, null, 2);
}
