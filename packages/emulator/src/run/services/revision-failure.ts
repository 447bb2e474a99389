import { EmulatorError, type EmulatorErrorCode } from '../../internal/errors.ts';
import type { KnativeRevision } from './knative.ts';
import { containerPort, hasDefaultStartup } from './probes.ts';

/** Why a revision is not ready. */
export interface RevisionFailure {
  /** As Cloud Run calls it in a condition. */
  readonly reason: string;
  readonly message: string;
}

/** What a container fails of that does not get through its start. */
const unhealthy: readonly EmulatorErrorCode[] = ['CRASHED_AT_START', 'START_TIMEOUT', 'PROBE_FAILED'];

/** What Cloud Run says, and what the emulator knows beyond it. @see https://docs.cloud.google.com/run/docs/troubleshooting */
export function revisionFailure({ metadata, spec }: KnativeRevision, error: Error): RevisionFailure {
  const [container = {}] = spec.containers;
  const isUnhealthy = error instanceof EmulatorError && unhealthy.includes(error.code);
  const said = isUnhealthy ? `${healthCheck(container)} ` : '';
  const mend = error instanceof EmulatorError ? ` ${error.mend}` : '';
  return {
    reason: isUnhealthy ? 'HealthCheckContainerError' : 'RevisionFailed',
    message: `Revision '${metadata.name}' is not ready and cannot serve traffic. ${said}${error.message}${mend}`,
  };
}

function healthCheck(container: KnativeRevision['spec']['containers'][number]): string {
  const logs = 'Logs for this revision might contain more information.';
  return hasDefaultStartup(container)
    ? `The user-provided container failed to start and listen on the port defined provided by the PORT=${containerPort(container)} environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. ${logs}`
    : `The user-provided container failed the configured startup probe checks. ${logs}`;
}
