import type { IncomingHttpHeaders } from 'node:http';
import type { Verdict } from './verdict.ts';

/**
 * Lets through whom ingress or IAM refuse, and keeps what they said: who calls whom is learned so. Not what a page in a
 * browser asks for, of whatever origin: any page that is open there, or gets a name of its own to lead here, could ask.
 */
export function learned(verdict: Verdict, headers: IncomingHttpHeaders): Verdict {
  const { refusal, rule, reason, ...rest } = verdict;
  if (refusal === 0 || isOfPage(headers)) return verdict;
  return {
    ...rest,
    refusal: 0,
    rule: 'learning',
    reason: `let in to learn; it would be ${refusal} (${rule}): ${reason}`,
  };
}

/** Whether a page made a browser send this, and not the person at it, nor a program. @see https://www.w3.org/TR/fetch-metadata/ */
function isOfPage({ origin, 'sec-fetch-site': site = 'none' }: IncomingHttpHeaders): boolean {
  return origin !== undefined || site !== 'none';
}
