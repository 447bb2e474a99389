/** How long to measure. */
export interface Plan {
  /** In each copy. */
  readonly rounds: number;
  /** Of each subject in each round. */
  readonly milliseconds: number;
  /** Of each subject before the first round, until its code has been compiled. */
  readonly warmUpMilliseconds: number;
  /** How many times the subjects stand there, each in processes of its own; 1 when left out. */
  readonly copies?: number;
}

/** Measures for about so many milliseconds, in the copy with this index, and gives a figure: a rate, or a time. */
export type Measure = (milliseconds: number, copy: number) => Promise<number>;

/** Measures all subjects in turn, again and again: A B C, C B A, ... so that what changes on the machine changes for all. */
export async function interleave<S>(
  subjects: readonly S[],
  measureOf: (subject: S) => Measure,
  plan: Plan,
  onProgress: (done: number, of: number) => void,
): Promise<Map<S, number[]>> {
  const samples = new Map<S, number[]>(subjects.map((subject) => [subject, []]));
  const { copies = 1, rounds } = plan;
  for (let copy = 0; copy < copies; copy += 1) {
    for (const subject of subjects) await measureOf(subject)(plan.warmUpMilliseconds, copy);
    for (let round = 0; round < rounds; round += 1) {
      onProgress(copy * rounds + round, copies * rounds);
      // There and back: what one leaves behind (garbage, a warm cache) does not always meet the same next.
      const inTurn = round % 2 === 0 ? subjects : subjects.toReversed();
      for (const subject of inTurn) samples.get(subject)?.push(await measureOf(subject)(plan.milliseconds, copy));
    }
  }
  onProgress(copies * rounds, copies * rounds);
  return samples;
}

/** What stands for the copy with this index. @throws RangeError */
export function copyAt<T>(copies: readonly T[], copy: number): T {
  const found = copies[copy];
  if (found === undefined) throw new RangeError(`There is no copy ${copy} of ${copies.length}.`);
  return found;
}
