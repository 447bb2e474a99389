import { PROBED, type Probe } from './load/prober.ts';
import { monotonic } from './world/protocol.ts';
import type { World } from './world/world.ts';

/** What one fault did, from before it began until a while after all worked again. */
export interface Entry {
  readonly family: string;
  readonly fault: string;
  readonly sent: number;
  /** Without the answer that they should have had. */
  readonly failed: number;
  readonly probes: number;
  /** What was let in that should not have been, one line each. */
  readonly wronglyAllowed: readonly string[];
  readonly wronglyRefused: readonly string[];
  readonly acknowledged: number;
  readonly lost: readonly string[];
  /** From the fault's end until every reader, writer and the index work; undefined: not within the bound. */
  readonly seconds: number | undefined;
  readonly restarts: boolean;
}

/** A fault while it lasts. */
export interface Period {
  readonly spoilsTokens: boolean;
  /** Set when it begins; what goes wrong before is wrong. */
  begun: number;
  /** Set once all works again. */
  recovered?: number;
}

/** Counts what is answered while a fault lasts, and judges every verdict. */
export interface Ledger {
  open(period: Period): void;
  call(failed: boolean): void;
  probe(probe: Probe): void;
  counts(): Pick<Entry, 'sent' | 'failed' | 'probes' | 'wronglyAllowed' | 'wronglyRefused'>;
}

/** Whoever calls these when the apps work: nobody else sends anything but probes. */
const CALLERS: Readonly<Record<string, string>> = { 'user-profiles': 'login', search: 'user-profiles' };
/** Rules by which a gate refuses; a call that was decided by another one has been let in. */
const LET_IN = new Set([
  'invoker',
  'no-instance',
  'container-failed',
  'request-too-large',
  'response-too-large',
  'timed-out',
]);

export function openLedger(world: World): Ledger {
  let period: Period = { spoilsTokens: false, begun: monotonic() };
  let counts = empty();

  world.onSeen((seen) => {
    const expectedCaller = CALLERS[seen.receiver];
    if (expectedCaller === undefined || seen.path === PROBED) return;
    const what = `${seen.caller} -> ${seen.receiver} ${seen.path}: ${seen.status} by ${seen.rule} (${seen.reason})`;
    // The caller's name is known of tokens that hold alone.
    const caller = seen.caller === 'anonymous' ? expectedCaller : seen.caller;
    const expected = world.policy.expected(caller, seen.receiver, seen.at - LONGEST_CALL_MS, seen.at);
    if (LET_IN.has(seen.rule) && expected === 'refused') counts.wronglyAllowed.push(what);
    if (isRefusal(seen.status) && expected === 'allowed' && !excused(seen.status, seen.at))
      counts.wronglyRefused.push(what);
  });

  /** A 401 says that a token does not hold: while a fault sees to that, it is right. */
  function excused(status: number, at: number): boolean {
    const { spoilsTokens, begun, recovered = Number.POSITIVE_INFINITY } = period;
    return status === 401 && spoilsTokens && at >= begun && at <= recovered;
  }

  return {
    open(next) {
      period = next;
      counts = empty();
    },
    call(failed) {
      counts.sent += 1;
      if (failed) counts.failed += 1;
    },
    probe({ what, status, verdict }) {
      counts.probes += 1;
      if (verdict === 'wrongly allowed') counts.wronglyAllowed.push(`${what}: ${status}`);
      if (verdict === 'wrongly refused' && !excused(status ?? 0, monotonic()))
        counts.wronglyRefused.push(`${what}: ${status}`);
    },
    counts: () => counts,
  };
}

/** A call was decided at most so long before its answer is seen. */
const LONGEST_CALL_MS = 10_000;

function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

function empty() {
  return { sent: 0, failed: 0, probes: 0, wronglyAllowed: [] as string[], wronglyRefused: [] as string[] };
}
