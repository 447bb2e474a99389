import type { CallerRequest, CallerResponse } from './caller-request.ts';
import type { Decision, Decisions } from './decision.ts';
import { answerInstead } from './own-answers.ts';
import { requestLogText } from './request-log.ts';
import type { RequestTarget } from './request-target.ts';
import type { Failure } from './rules.ts';
import type { UpgradeSocket } from './switch-protocols.ts';
import type { Trace } from './trace.ts';
import type { Verdict } from './verdict.ts';

/** What was decided about a request. */
export interface Decided {
  readonly verdict: Verdict;
  /** Name of the service, or the host that none has. */
  readonly receiver: string;
  readonly at: RequestTarget;
  readonly trace: Trace;
}

/** As web servers write it into their logs where the caller did not wait for a status. */
const CALLER_GONE = 499;

/** A request at the gate: what is told of it, once, whatever becomes of it. */
export class ServedRequest {
  readonly request: CallerRequest;
  readonly response: CallerResponse;
  readonly upgrade: UpgradeSocket | undefined;
  /** What is known so far. */
  decided: Decided;
  readonly #decisions: Decisions;
  #told = false;

  constructor(
    request: CallerRequest,
    response: CallerResponse,
    upgrade: UpgradeSocket | undefined,
    decided: Decided,
    decisions: Decisions,
  ) {
    this.request = request;
    this.response = response;
    this.upgrade = upgrade;
    this.decided = decided;
    this.#decisions = decisions;
  }

  /** Tells the status as soon as it is known; the first one counts. */
  tell(status: number, failure?: Failure): void {
    if (this.#told) return;
    this.#told = true;
    const { decided } = this;
    this.#decisions.add(decisionOf(this.request.method ?? '', decided, status, failure ?? decided.verdict));
  }

  /** The caller heard nothing of what it was let in for, and the container may have done it. */
  tellGone(): void {
    const reason = 'the caller was let in, and went away before the answer';
    this.tell(CALLER_GONE, { rule: 'caller-gone', reason, mend: '' });
  }

  /** Something went wrong in the gate itself: it ends this request alone. What was said stays here; it may hold a token. */
  fail(error: unknown): void {
    const { code, name } = error as NodeJS.ErrnoException;
    this.tell(503, {
      rule: 'gate-failed',
      reason: `the emulator's gate could not go on (${code ?? name})`,
      mend: 'Report it as a bug of run-edges, with the request.',
    });
    answerInstead(this.request, this.response, 503, this.decided.at.path);
  }
}

export function decisionOf(
  method: string,
  { receiver, at, trace, verdict }: Decided,
  status: number,
  { rule, reason, mend }: Failure,
): Decision {
  return {
    time: timestamp(Date.now()),
    caller: verdict.caller,
    receiver,
    method,
    path: at.path,
    status,
    rule,
    reason,
    mend,
    log: requestLogText(rule),
    trace: trace.id,
  };
}

let newest = { at: 0, text: '' };

/** RFC 3339. Many requests fall into one millisecond. */
function timestamp(at: number): string {
  if (at !== newest.at) newest = { at, text: new Date(at).toISOString() };
  return newest.text;
}
