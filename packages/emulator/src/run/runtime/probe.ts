import { setTimeout as pause } from 'node:timers/promises';
import { type Check, runCheck } from './run-check.ts';

export type ProbeName = 'STARTUP' | 'LIVENESS' | 'READINESS';

/** A health check and when it is made. Times are milliseconds. */
export interface Probe {
  readonly name: ProbeName;
  readonly check: Check;
  /** The port that is asked; undefined stands for the one in `PORT`. */
  readonly port?: number;
  /** What the port is called in logs. */
  readonly shownPort: number;
  readonly initialDelay: number;
  readonly timeout: number;
  readonly period: number;
  /** Failures in a row. */
  readonly failureThreshold: number;
  /** Successes in a row after a failure. */
  readonly successThreshold: number;
  /** The one that a container has when nothing is said. */
  readonly isDefault: boolean;
}

/** The health checks of a container. @see https://docs.cloud.google.com/run/docs/configuring/healthchecks */
export interface Probes {
  /** The container's own name, where it has one. */
  readonly container: string | undefined;
  readonly startup: Probe;
  readonly liveness?: Probe;
  readonly readiness?: Probe;
}

/** What is probed, for as long as the signal is not aborted. */
export interface Probed {
  /** The port in `PORT`. */
  readonly port: number;
  readonly signal: AbortSignal;
}

/** How a probe went: undefined when it passed, else why it did not. */
export type Failure = string | undefined;

/** Cloud Run was seen to make the first check of a new container so soon. */
const FIRST_CHECK_MS = 200;

/** Asks until the container answers well, or has failed as often as it may. */
export async function startupOf(probe: Probe, probed: Probed): Promise<Failure> {
  const first = probe.check.kind === 'TCP' ? probe.initialDelay : Math.max(probe.initialDelay, FIRST_CHECK_MS);
  let failures = 0;
  for await (const failure of checks(probe, probed, first)) {
    if (failure === undefined) return undefined;
    failures++;
    if (failures >= probe.failureThreshold) return failure;
  }
  return 'it was ended meanwhile';
}

/** Resolves when the container has failed too often; with undefined when it ended before. */
export async function untilFailed(probe: Probe, probed: Probed): Promise<Failure> {
  let failures = 0;
  for await (const failure of checks(probe, probed, probe.initialDelay)) {
    failures = failure === undefined ? 0 : failures + 1;
    if (failure !== undefined && failures >= probe.failureThreshold) return failure;
  }
  return undefined;
}

/** Tells whenever the container may not be sent requests any more, and when it may again. */
export async function watchReadiness(
  probe: Probe,
  probed: Probed,
  tell: (ready: boolean, failure: Failure) => void,
): Promise<void> {
  let ready = true;
  /** Answers in a row that say otherwise. */
  let others = 0;
  for await (const failure of checks(probe, probed, probe.initialDelay)) {
    const well = failure === undefined;
    others = well === ready ? 0 : others + 1;
    if (others < (ready ? probe.failureThreshold : probe.successThreshold)) continue;
    if (well !== ready) tell(well, failure);
    ready = well;
    others = 0;
  }
}

/** What Cloud Run writes into the log of a container that fails a probe. */
export function failureLine(
  { name, check, shownPort, failureThreshold, isDefault }: Probe,
  container: string,
  failure: string,
): string {
  const times = `${failureThreshold} time${failureThreshold === 1 ? '' : 's'}`;
  const where = `on port ${shownPort}${check.kind === 'HTTP' ? ` path "${check.path}"` : ''}`;
  const then = {
    STARTUP: 'The instance was not started.',
    LIVENESS: 'The instance has been shut down.',
    READINESS: 'No requests are sent to the instance until it passes.',
  }[name];
  const kind = `${isDefault ? 'Default ' : ''}${name} ${check.kind} probe`;
  return `${kind} failed ${times} consecutively for container "${container}" ${where}. ${then} ${failure}`;
}

/** The checks of a probe, one each period. */
async function* checks(probe: Probe, { port, signal }: Probed, first: number): AsyncGenerator<Failure> {
  for (let wait = first; ; ) {
    if (wait > 0) await pause(wait, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const since = performance.now();
    const failure = await runCheck(probe.check, probe.port ?? port, { timeout: probe.timeout, signal });
    if (signal.aborted) return;
    yield failure;
    wait = Math.max(0, probe.period - (performance.now() - since));
  }
}
