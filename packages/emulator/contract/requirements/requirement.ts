/** How sure a fact is: documented, read in client code, reported or measured by users, from memory, unsure. */
export type Mark = 'D' | 'C' | 'R' | 'M' | 'U';

/** A fact about Google's side. */
export interface Requirement {
  readonly behaviour: string;
  readonly source: string;
  readonly mark: Mark;
  /** Why the emulator is known to differ. The tests that cite the fact must then fail: mending it asks for this line to go. */
  readonly differs?: string;
}

export type Requirements = Readonly<Record<string, Requirement>>;
