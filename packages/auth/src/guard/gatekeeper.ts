import type { Caller } from '../caller.ts';
import { CallerError } from '../errors.ts';
import { VERIFIER_RULES, type VerifierOptions } from '../inbound/options.ts';
import { createVerifier } from '../inbound/verifier.ts';
import { callback, type Rules, readOptions } from '../options.ts';
import { messageOf } from '../safe-cause.ts';
import { type Refusal, recordOf, refusalOf } from './refusal.ts';
import { notOfThese } from './route-callers.ts';

/** Options of the guards: those of the verifier, and who is told of refusals. */
export type GuardOptions = VerifierOptions & {
  /**
   * Is told of each refusal, for the log: the caller is told nothing but the status. Default: one line of JSON by
   * `console.warn`, as Cloud Run's logging reads it.
   */
  readonly onRefusal?: (refusal: CallerError) => void;
};

/** Decides who comes in, whatever the framework. */
export interface Gatekeeper {
  /** The caller of a request, among these where they are named. Rejects with a `CallerError`. */
  readonly admit: (rawHeaders: readonly string[], callers: ReadonlySet<string> | undefined) => Promise<Caller>;
  /** What is answered to whom was not admitted. Throws what is no refusal. */
  readonly turnAway: (error: unknown) => Refusal;
  readonly prefetch: () => Promise<void>;
}

const RULES: Rules<GuardOptions> = { ...VERIFIER_RULES, onRefusal: callback() };

const NO_FRONT_END =
  "a guard in mode 'cloud-run' believes tokens without signature, and K_SERVICE is not set: unless a front end checks every request, anybody can forge a caller";

/** @param log what refusals are told to where the options do not say */
export function createGatekeeper(given: GuardOptions, log: (refusal: CallerError) => void = warn): Gatekeeper {
  const { onRefusal = log, ...options } = readOptions<GuardOptions>(given, RULES);
  const verifier = createVerifier(options);
  if (options.mode === 'cloud-run' && process.env.K_SERVICE === undefined) process.emitWarning(NO_FRONT_END);
  return {
    async admit(rawHeaders, callers) {
      const caller = verifier.peek(rawHeaders) ?? (await verifier.verifyHeaders(rawHeaders));
      if (callers !== undefined && !callers.has(caller.email)) throw notOfThese(caller);
      return caller;
    },
    turnAway(error) {
      if (!(error instanceof CallerError)) throw error;
      // Whatever becomes of the log, the caller is answered.
      try {
        onRefusal(error);
      } catch (fault) {
        process.emitWarning(`onRefusal failed: ${messageOf(fault)}`);
      }
      return refusalOf(error);
    },
    prefetch: verifier.prefetch,
  };
}

function warn(refusal: CallerError): void {
  console.warn(JSON.stringify({ severity: 'WARNING', message: 'caller refused', ...recordOf(refusal) }));
}
