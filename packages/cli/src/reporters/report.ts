import type { Place } from '@run-edges/edges';
import type { Tried } from '../matrix/try-matrix.ts';

/** What a check found, before anybody formats it. */
export interface Report {
  readonly tried: readonly Tried[];
  /** Path of the declaration, as it was given. */
  readonly file: string;
  /** Where the declaration says so. */
  readonly placeOf: (caller: string, receiver: string) => Place;
  /** No more than what is not as declared is wanted. */
  readonly onlyDifferences: boolean;
}

/** A report as text, without a line break at its end. */
export type Reporter = (report: Report) => string;
