import type { Container, KnativeProbe } from './knative.ts';

/** Seconds in which a container must have started. */
const LONGEST_START = 240;
const LONGEST = 3600;

const TOKEN = /^[!#$%&'*+.^`|~\w-]+$/;
/** Nothing that would end a line of a request. */
const PATH = /^\/[\u0021-\u007e]*$/;
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/**
 * Why Cloud Run would refuse the health checks of a container, or undefined.
 * @param at where the container stands, as `spec.template.spec.containers[0]`
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/Container#Probe
 */
export function probeProblem(container: Container, at: string): string | undefined {
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const probe = container[name];
    const problem = probe === undefined ? undefined : (timesProblem(probe, name) ?? actionProblem(probe));
    if (problem !== undefined) return `${at}.${name}${problem}`;
  }
  return undefined;
}

function timesProblem(probe: KnativeProbe, name: string): string | undefined {
  const atStart = name === 'startupProbe';
  const most = atStart ? LONGEST_START : LONGEST;
  const { initialDelaySeconds = 0, timeoutSeconds = 1, periodSeconds = 10, failureThreshold = 3 } = probe;
  const { successThreshold = 1 } = probe;
  const within = (value: number, least: number, most: number) => value >= least && value <= most;
  if (!within(initialDelaySeconds, 0, most)) return `.initialDelaySeconds: must be from 0 to ${most}.`;
  if (!within(periodSeconds, 1, most)) return `.periodSeconds: must be from 1 to ${most}.`;
  if (!within(timeoutSeconds, 1, most)) return `.timeoutSeconds: must be from 1 to ${most}.`;
  if (timeoutSeconds > periodSeconds)
    return `.timeoutSeconds: must not be greater than periodSeconds, which is ${periodSeconds}.`;
  if (failureThreshold < 1) return '.failureThreshold: must be 1 or more.';
  if (atStart && failureThreshold * periodSeconds > LONGEST_START)
    return `: failureThreshold * periodSeconds must not exceed ${LONGEST_START} seconds.`;
  if (successThreshold < 1) return '.successThreshold: must be 1 or more.';
  if (name !== 'readinessProbe' && successThreshold !== 1) return '.successThreshold: must be 1 if set.';
  return undefined;
}

function actionProblem(probe: KnativeProbe & { readonly exec?: unknown }): string | undefined {
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec !== undefined) return '.exec: is not supported by Cloud Run.';
  const actions = [httpGet, tcpSocket, grpc].filter((one) => one !== undefined);
  if (actions.length !== 1) return ': exactly one of httpGet, tcpSocket, or grpc must be specified.';
  const unsupported = ['host', 'scheme'].find((name) => actions.some((action) => name in action));
  if (unsupported !== undefined) return `: ${unsupported} is not supported by Cloud Run.`;
  if (actions.some(({ port = 1 }) => port < 1 || port > 65_535)) return ': port must be from 1 to 65535.';
  if (httpGet?.path !== undefined && !PATH.test(httpGet.path))
    return '.httpGet.path: must begin with "/", and hold no blank.';
  const header = httpGet?.httpHeaders?.find(({ name, value = '' }) => !TOKEN.test(name) || !VALUE.test(value));
  if (header !== undefined)
    return `.httpGet.httpHeaders: ${JSON.stringify(header.name)} is no header, or has no such value.`;
  return undefined;
}
