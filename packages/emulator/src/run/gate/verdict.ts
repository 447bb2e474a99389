import type { Caller } from './caller.ts';
import type { Rule } from './rules.ts';

/** A gate's answer before anything is forwarded. */
export interface Verdict {
  /** 0 lets the request through; otherwise the status of the refusal. */
  readonly refusal: 0 | 400 | 401 | 403 | 404 | 405 | 411 | 417;
  readonly rule: Rule;
  readonly reason: string;
  readonly mend: string;
  /** The proven caller: a service's name, an e-mail, or `anonymous`. */
  readonly caller: string;
  /** What the caller is whose token was checked, and whom IAM was asked about. */
  readonly kind?: Caller['kind'];
}
