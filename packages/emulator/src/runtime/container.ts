import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { shellWord } from '@run-edges/edges';
import { EmulatorError } from '../errors.ts';
import { readLines } from './bounded-lines.ts';
import type { ProcessGroup, StartProcess } from './process-group.ts';
import { commandFolders, startCommand } from './start-command.ts';

export type ContainerState = 'starting' | 'ready' | 'stopped' | 'crashed';

export interface ContainerOptions {
  readonly service: string;
  /** Folder of the app. */
  readonly source: string;
  /** The container's whole environment besides PORT, PATH and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds until the container must listen; Cloud Run gives 4 minutes. */
  readonly startTimeout: number;
  /** Milliseconds between SIGTERM and SIGKILL; Cloud Run gives 10 s. */
  readonly stopGrace?: number;
  readonly startProcess: StartProcess;
  readonly onLog: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly onState: (state: ContainerState, port: number) => void;
}

export interface Container {
  /** @throws EmulatorError when it does not come up: NOT_BUILT, CRASHED_AT_START, START_TIMEOUT and the like */
  start(): Promise<void>;
  /** Stops it as Cloud Run does, also while it starts: SIGTERM, the grace period, SIGKILL. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 10_000;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * One service's process. Once started it is kept running: when it crashes it is started again, with growing pauses.
 * @see https://docs.cloud.google.com/run/docs/container-contract
 */
export function createContainer(options: ContainerOptions): Container {
  const { service, stopGrace = STOP_GRACE_MS, onLog, onState } = options;
  const stopping = new AbortController();
  let group: ProcessGroup | undefined;

  return {
    async start() {
      await startOnce();
      void keepRunning();
    },
    async stop() {
      stopping.abort();
      await group?.stop(stopGrace);
      onState('stopped', 0);
    },
  };

  async function keepRunning(): Promise<void> {
    for (let failures = 0; ; failures++) {
      const since = Date.now();
      await group?.ended;
      if (stopping.signal.aborted) return;
      onState('crashed', 0);
      if (Date.now() - since > LONGEST_BACKOFF_MS) failures = 0;
      const pause = Math.min(500 * 2 ** failures, LONGEST_BACKOFF_MS);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await startOnce().catch((error: Error) => onLog(`${service} did not come up again: ${error.message}`, 'stderr'));
    }
  }

  async function startOnce(): Promise<void> {
    const command = startCommand(service, options.source);
    const port = await freePort();
    if (stopping.signal.aborted) return;
    onState('starting', port);
    const started = options.startProcess(command, { cwd: options.source, env: environment(options, port) });
    group = started;
    const lastLine = readLogs(started, onLog);

    const outcome = await Promise.race([started.ended, listening(port, options.startTimeout, started)]);
    if (stopping.signal.aborted) return;
    if (outcome === 'listening') return onState('ready', port);
    onState('crashed', 0);
    if (outcome === 'timeout') await started.stop(0);
    throw outcome === 'timeout' ? notListening(options, port) : crashed(options, command, outcome, lastLine());
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
    `Mend it, or run it alone: (cd ${shellWord(source)} && PORT=8080 ${command})`,
  );
}

function notListening({ service, startTimeout }: ContainerOptions, port: number): EmulatorError {
  return new EmulatorError(
    'START_TIMEOUT',
    `${service} did not listen on PORT ${port} within ${startTimeout / 1000} s.`,
    'Make it listen on 0.0.0.0 and on the port in the environment variable PORT.',
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

/** Cloud Run's default start-up probe: the port takes a connection. */
async function listening(port: number, timeout: number, group: ProcessGroup): Promise<'listening' | 'timeout'> {
  const until = Date.now() + timeout;
  while (Date.now() < until && group.child.exitCode === null) {
    const socket = connect({ host: '127.0.0.1', port });
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return 'listening';
    await delay(20);
  }
  return 'timeout';
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

function environment(options: ContainerOptions, port: number): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const path = [...commandFolders(options.source), process.env.PATH ?? ''].join(':');
  return { ...Object.fromEntries(inherited), PATH: path, ...options.env, PORT: `${port}` };
}
