import type { Verdict } from './verdict.ts';

/** Lets through whom ingress or IAM refuse, and keeps what they said: who calls whom is learned so. */
export function learned(verdict: Verdict): Verdict {
  const { refusal, rule, reason, ...rest } = verdict;
  if (refusal === 0) return verdict;
  return {
    ...rest,
    refusal: 0,
    rule: 'learning',
    reason: `let in to learn; it would be ${refusal} (${rule}): ${reason}`,
  };
}
