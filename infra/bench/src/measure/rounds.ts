/** How long to measure. */
export interface Plan {
  readonly rounds: number;
  /** Of each subject in each round. */
  readonly milliseconds: number;
  /** Of each subject before the first round, until its code has been compiled. */
  readonly warmUpMilliseconds: number;
}

/** Measures for about so many milliseconds and gives a figure: a rate, or a time. */
export type Measure = (milliseconds: number) => Promise<number>;

/** Measures all subjects in turn, again and again: A B C, A B C, ... so that what changes on the machine changes for all. */
export async function interleave<S>(
  subjects: readonly S[],
  measureOf: (subject: S) => Measure,
  plan: Plan,
  onProgress: (done: number, of: number) => void,
): Promise<Map<S, number[]>> {
  const samples = new Map<S, number[]>(subjects.map((subject) => [subject, []]));
  for (const subject of subjects) await measureOf(subject)(plan.warmUpMilliseconds);
  for (let round = 0; round < plan.rounds; round += 1) {
    onProgress(round, plan.rounds);
    for (const subject of subjects) samples.get(subject)?.push(await measureOf(subject)(plan.milliseconds));
  }
  onProgress(plan.rounds, plan.rounds);
  return samples;
}
