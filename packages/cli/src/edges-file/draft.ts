/** The parts of a declaration whose entries have a name, in the order in which they are written. */
export const parts = ['services', 'jobs', 'workerPools', 'principals'] as const;
export type Part = (typeof parts)[number];

/** An edge as `calls` has it: a name, or a name and what the edge is limited to. */
export type DraftEdge = string | { readonly to: string; readonly paths?: readonly string[]; readonly until?: string };

/** Something that is written, and where it comes from. */
export interface Sourced<T> {
  readonly value: T;
  /** A few words: they stand in a comment behind it. */
  readonly from: string;
}

/** An entry of a declaration that is yet to be written. */
export interface DraftEntry {
  readonly part: Part;
  readonly name: string;
  readonly from: string;
  /** By their keys; `calls` is apart. */
  readonly settings: Readonly<Record<string, Sourced<unknown>>>;
  readonly calls: readonly Sourced<DraftEdge>[];
}

/** A declaration that is yet to be written. */
export interface Draft {
  /** Lines above everything. */
  readonly head: readonly string[];
  readonly entries: readonly DraftEntry[];
  /** What a declaration cannot say, a sentence or two each; lines below everything. */
  readonly notes: readonly string[];
}
