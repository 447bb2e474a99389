import type { Rule } from './rules.ts';

/** One verdict of a gate. It never holds a token, a query string or a body. */
export interface Decision {
  /** RFC 3339. */
  readonly time: string;
  /** Name of the calling service, `anonymous`, or the principal's e-mail. */
  readonly caller: string;
  readonly receiver: string;
  /** Empty where the bytes were no request. */
  readonly method: string;
  /** Path without its query. */
  readonly path: string;
  /** HTTP status that the caller got; 499 where it did not wait for one. */
  readonly status: number;
  /** The rule that decided. */
  readonly rule: Rule;
  /** Why, in a sentence. */
  readonly reason: string;
  /** What would change the verdict, or what to beware of; empty where nothing is wrong. */
  readonly mend: string;
  /** What Cloud Run's request log would say; empty where it says nothing. */
  readonly log: string;
  /** Trace id of the request, 32 hex digits, as in `traceparent`. */
  readonly trace: string;
}

/** Where decisions are told. */
export interface Decisions {
  add(decision: Decision): void;
}
