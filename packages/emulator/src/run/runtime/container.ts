import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { shellWord } from '@run-edges/edges';
import { EmulatorError } from '../../internal/errors.ts';
import { readLines } from './bounded-lines.ts';
import { failureLine, type Probe, type Probes, startupOf, untilFailed, watchReadiness } from './probe.ts';
import type { ProcessGroup, StartProcess } from './process-group.ts';
import { commandFolders, type Entrypoint, startCommand } from './start-command.ts';

export type ContainerState = 'starting' | 'ready' | 'stopped' | 'crashed';

export interface ContainerOptions extends Entrypoint {
  readonly service: string;
  /** Folder of the app. */
  readonly source: string;
  /** The container's whole environment besides PORT, PATH and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** Absent: it is asked nothing, has no PORT, and is ready as soon as it runs, as in a worker pool. */
  readonly probes?: Probes | undefined;
  /** Milliseconds between SIGTERM and SIGKILL; Cloud Run gives 10 s. */
  readonly stopGrace?: number;
  readonly startProcess: StartProcess;
  readonly onLog: (line: string, stream: 'stdout' | 'stderr') => void;
  /** One that is up and fails its readiness probe is starting until it passes. */
  readonly onState: (state: ContainerState, port: number) => void;
}

export interface Container {
  /** @throws EmulatorError when it does not come up: NOT_BUILT, CRASHED_AT_START, START_TIMEOUT, PROBE_FAILED and the like */
  start(): Promise<void>;
  /** Stops it as Cloud Run does, also while it starts: SIGTERM, the grace period, SIGKILL. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 10_000;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * The process of a service, or of a worker pool. Once started it is kept running: when it crashes it is started again, with growing pauses.
 * @see https://docs.cloud.google.com/run/docs/container-contract
 */
export function createContainer(options: ContainerOptions): Container {
  const { service, probes, stopGrace = STOP_GRACE_MS, onLog, onState } = options;
  const stopping = new AbortController();
  const name = probes?.container ?? `${service}-1`;
  const failing = new Set<Promise<void>>();
  let group: ProcessGroup | undefined;
  let port = 0;

  return {
    async start() {
      await startOnce();
      void keepRunning();
    },
    async stop() {
      stopping.abort();
      await Promise.all([group?.stop(stopGrace), ...failing]);
      onState('stopped', 0);
    },
  };

  async function keepRunning(): Promise<void> {
    let up = true;
    for (let failures = 0; ; failures++) {
      const since = Date.now();
      const exitCode = up ? await untilDown() : undefined;
      if (stopping.signal.aborted) return;
      onState('crashed', 0);
      // It is never said to have started, or failed to, where nothing is asked of it.
      if (probes === undefined && isNotRunnable(exitCode))
        onLog(`run-edges: ${notRunnable(service, exitCode)}`, 'stderr');
      if (Date.now() - since > LONGEST_BACKOFF_MS) failures = 0;
      const wait = Math.min(500 * 2 ** failures, LONGEST_BACKOFF_MS);
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      up = await startOnce().then(
        () => true,
        (error: Error) => {
          const mend = error instanceof EmulatorError ? ` ${error.mend}` : '';
          onLog(`${service} did not come up again: ${error.message}${mend}`, 'stderr');
          return false;
        },
      );
    }
  }

  /** Until it ends by itself, which gives its exit code, or has to be ended. */
  async function untilDown(): Promise<number | undefined> {
    const running = group;
    if (running === undefined) return undefined;
    const watching = new AbortController();
    const probed = { port, signal: AbortSignal.any([watching.signal, stopping.signal]) };
    const { liveness, readiness } = probes ?? {};
    if (readiness !== undefined)
      void watchReadiness(readiness, probed, (ready, failure) => {
        if (failure !== undefined) onLog(failureLine(readiness, name, failure), 'stderr');
        onState(ready ? 'ready' : 'starting', probed.port);
      });
    const dead = liveness === undefined ? [] : [untilFailed(liveness, probed)];
    const failure = await Promise.race([running.ended, ...dead]);
    watching.abort();
    if (typeof failure === 'number') return failure;
    if (liveness === undefined || failure === undefined) return undefined;
    onLog(failureLine(liveness, name, failure), 'stderr');
    // Another one is started meanwhile.
    const ended = running.stop(stopGrace).finally(() => failing.delete(ended));
    failing.add(ended);
    return undefined;
  }

  async function startOnce(): Promise<void> {
    const command = startCommand(service, options.source, options);
    port = probes === undefined ? 0 : await freePort();
    if (stopping.signal.aborted) return;
    onState('starting', port);
    const env = { ...containerEnvironment(options.source, options.env), ...(port === 0 ? {} : { PORT: `${port}` }) };
    const started = options.startProcess(command, { cwd: options.source, env });
    group = started;
    // That it was ended by a signal is the shell's own word, and no news while it is being stopped.
    const isShells = (line: string) => stopping.signal.aborted && /^(?:Terminated|Killed)\s*$/.test(line);
    const lastLine = readLogs(started, (line, stream) => isShells(line) || onLog(line, stream));
    if (probes === undefined) return onState('ready', 0);

    const watching = new AbortController();
    const { startup } = probes;
    const [exitCode, failure] = await Promise.race([
      started.ended.then((code) => [code, undefined] as const),
      startupOf(startup, { port, signal: AbortSignal.any([watching.signal, stopping.signal]) }).then(
        (why) => [undefined, why] as const,
      ),
    ]);
    watching.abort();
    if (stopping.signal.aborted) return;
    if (exitCode === undefined && failure === undefined) return onState('ready', port);
    onState('crashed', 0);
    if (exitCode !== undefined) throw crashed(options, command, exitCode, lastLine());
    const line = failureLine(startup, name, failure ?? '');
    onLog(line, 'stderr');
    await started.stop(0);
    throw startup.isDefault ? notListening(service, startup, port) : notHealthy(service, line);
  }
}

/** Lines that Node adds below the error that ended it. */
const BELOW_THE_ERROR = /^(?:\s|[}\]]|Node\.js v\d)/;

/** Passes on what the process writes; gives the newest line that says something. */
function readLogs(group: ProcessGroup, onLog: ContainerOptions['onLog']): () => string {
  let last = '';
  for (const stream of ['stdout', 'stderr'] as const) {
    readLines(group.child[stream] as NodeJS.ReadableStream, (line) => {
      if (line.trim() !== '' && !BELOW_THE_ERROR.test(line)) last = line;
      onLog(line, stream);
    });
  }
  return () => last;
}

function crashed(
  { service, source }: ContainerOptions,
  command: string,
  exitCode: number,
  lastLine: string,
): EmulatorError {
  return new EmulatorError(
    'CRASHED_AT_START',
    `${service} ended at start with exit code ${exitCode}${lastLine === '' ? '' : `: ${said(lastLine)}`}.`.replace(
      /([.!?])\.$/,
      '$1',
    ),
    isNotRunnable(exitCode)
      ? notRunnable(service, exitCode)
      : `Mend it, or run it alone: (cd ${shellWord(source)} && PORT=8080 ${command})`,
  );
}

/** As a shell says that it finds no such program, or that it may not run it. */
type NotRunnable = 126 | 127;

function isNotRunnable(exitCode: number | undefined): exitCode is NotRunnable {
  return exitCode === 126 || exitCode === 127;
}

function notRunnable(service: string, exitCode: NotRunnable): string {
  return exitCode === 126
    ? `What starts ${service} is there and cannot be run: make it executable with chmod +x.`
    : `What starts ${service} is not there: install it, or write its path, such as .venv/bin/uvicorn. It is looked for in node_modules/.bin of the app, then in the PATH that run-edges was started with.`;
}

function notListening(service: string, { timeout }: Probe, port: number): EmulatorError {
  return new EmulatorError(
    'START_TIMEOUT',
    `${service} did not listen on PORT ${port} within ${timeout / 1000} s.`,
    'Make it listen on 0.0.0.0 and on the port in the environment variable PORT.',
  );
}

function notHealthy(service: string, line: string): EmulatorError {
  return new EmulatorError(
    'PROBE_FAILED',
    `${service} failed its startup probe. ${line}`,
    'Let it answer the probe, or give it more time: initialDelaySeconds, failureThreshold.',
  );
}

/** The message in a line of JSON logs, or the line. */
function said(line: string): string {
  try {
    const { message } = JSON.parse(line);
    return typeof message === 'string' ? message : line;
  } catch {
    return line.trim();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What a container inherits of this machine: where commands are, and how TLS trusts; nothing of its user. */
const INHERITED = ['LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];

/** The environment that a container is started with, but for its PORT. @param source folder of the app */
export function containerEnvironment(source: string, env: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const path = [...commandFolders(source), process.env.PATH ?? ''].join(':');
  return { ...Object.fromEntries(inherited), PATH: path, ...env };
}
