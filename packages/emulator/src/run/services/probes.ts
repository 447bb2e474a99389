import { isDeepStrictEqual } from 'node:util';
import type { Probe, ProbeName, Probes } from '../runtime/probe.ts';
import type { Check } from '../runtime/run-check.ts';
import type { Container, KnativeProbe } from './knative.ts';

const DEFAULT_PORT = 8080;

const names = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;

/** The port that the container is said to listen on. On this machine it is told another one in `PORT`. */
export function containerPort({ ports = [] }: Container): number {
  return ports[0]?.containerPort || DEFAULT_PORT;
}

/** The container with its probes as Cloud Run completes them. @see https://docs.cloud.google.com/run/docs/configuring/healthchecks */
export function withProbes(container: Container): Container {
  const port = containerPort(container);
  const given = Object.fromEntries(
    names.flatMap((name) => {
      const probe = container[name];
      return probe === undefined ? [] : [[name, completed(probe, port)]];
    }),
  );
  return { ...container, startupProbe: defaultProbe(port), ...given };
}

/** The container's start-up is watched so where nothing else is said. */
function defaultProbe(port: number): KnativeProbe {
  return { timeoutSeconds: 240, periodSeconds: 240, failureThreshold: 1, tcpSocket: { port } };
}

function completed(probe: KnativeProbe, containerPort: number): KnativeProbe {
  const { httpGet, tcpSocket, grpc } = probe;
  return {
    ...probe,
    // As in protocol buffers, 0 is what nobody said.
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    failureThreshold: probe.failureThreshold || 3,
    ...(httpGet && { httpGet: { ...httpGet, path: httpGet.path || '/', port: httpGet.port || containerPort } }),
    ...(tcpSocket && { tcpSocket: { ...tcpSocket, port: tcpSocket.port || containerPort } }),
    ...(grpc && { grpc: { ...grpc, port: grpc.port || containerPort } }),
  };
}

/** @param startTimeout milliseconds of the default startup probe */
export function probesOf(container: Container, startTimeout: number): Probes {
  const port = containerPort(container);
  const { startupProbe, livenessProbe, readinessProbe } = withProbes(container);
  const own = container.name ?? '';
  const shown = { container: own === '' ? undefined : own };
  const usual = { ...probe('STARTUP', defaultProbe(port), port), timeout: startTimeout, isDefault: true };
  return {
    ...shown,
    startup: startupProbe === undefined || isUsual(startupProbe) ? usual : probe('STARTUP', startupProbe, port),
    ...(livenessProbe && { liveness: probe('LIVENESS', livenessProbe, port) }),
    ...(readinessProbe && { readiness: probe('READINESS', readinessProbe, port) }),
  };
}

/** Whether nothing else was said of the container's start. */
export function hasDefaultStartup({ startupProbe }: Container): boolean {
  return startupProbe === undefined || isUsual(startupProbe);
}

/** The default, which gcloud sends back as it was read, also after it has changed the port. */
function isUsual({ tcpSocket, initialDelaySeconds, successThreshold, ...rest }: KnativeProbe): boolean {
  const { tcpSocket: _, ...usual } = defaultProbe(DEFAULT_PORT);
  return (
    tcpSocket !== undefined && !initialDelaySeconds && (successThreshold ?? 1) === 1 && isDeepStrictEqual(rest, usual)
  );
}

function probe(name: ProbeName, given: KnativeProbe, containerPort: number): Probe {
  const { httpGet, tcpSocket, grpc } = given;
  const port = (httpGet ?? tcpSocket ?? grpc)?.port ?? containerPort;
  return {
    name,
    check: checkOf(given),
    shownPort: port,
    ...(port === containerPort ? {} : { port }),
    initialDelay: (given.initialDelaySeconds ?? 0) * 1000,
    timeout: (given.timeoutSeconds ?? 1) * 1000,
    period: (given.periodSeconds ?? 10) * 1000,
    failureThreshold: given.failureThreshold ?? 3,
    successThreshold: given.successThreshold || 1,
    isDefault: false,
  };
}

function checkOf({ httpGet, grpc }: KnativeProbe): Check {
  if (grpc !== undefined) return { kind: 'GRPC', service: grpc.service ?? '' };
  if (httpGet === undefined) return { kind: 'TCP' };
  const { path = '/', httpHeaders = [] } = httpGet;
  return { kind: 'HTTP', path, headers: httpHeaders.map(({ name, value = '' }) => [name, value] as const) };
}
