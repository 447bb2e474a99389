import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Shape } from '../shape.ts';
import { explainFailure } from './explain-failure.ts';
import { type FailureKind, GcloudError } from './gcloud-error.ts';
import { inTurns } from './in-turns.ts';
import { patiently } from './patiently.ts';

/** The user's own gcloud, with its own sign-in and settings. Arguments go to it as they are; no shell reads them. */
export interface Gcloud {
  /** What it prints. @throws GcloudError */
  run(args: readonly string[]): Promise<string>;
  /** What it prints with `--format=json`, where that is of the shape. @throws GcloudError */
  json<T>(args: readonly string[], shape: Shape<T>): Promise<T>;
}

export interface GcloudOptions {
  /** Told each command before it runs. */
  readonly onCommand?: (args: readonly string[]) => void;
  /** Told when a command has ended, well or not. */
  readonly onEnd?: () => void;
  /** Told what a command that is run again failed of. */
  readonly onRetry?: (error: GcloudError) => void;
  /** Seconds between the tries of what passes by itself. */
  readonly pauses?: readonly number[];
}

/** What is over a little later by itself. */
const passing: ReadonlySet<FailureKind> = new Set(['policy-changed', 'account-not-seen']);

/** It takes most of a processor while it starts. */
const AT_ONCE = 4;

/** A build or the start of a container may take this long. */
const TIMEOUT_MS = 30 * 60_000;

/** UTF-16 units. A region's services with all that can be said of them are below. */
const LONGEST_OUTPUT = 64 * 1024 * 1024;

/** UTF-16 units. What went wrong stands at the end. */
const LONGEST_COMPLAINT = 32 * 1024;

export function createGcloud({ onCommand, onEnd, onRetry, pauses = [1, 2, 4, 8, 15, 30] }: GcloudOptions = {}): Gcloud {
  // An API that was off a moment ago is not on everywhere at once.
  let enabledOne = false;
  const passes = ({ kind }: GcloudError) => passing.has(kind) || (kind === 'api-off' && enabledOne);
  const inTurn = inTurns(AT_ONCE);
  const run = (args: readonly string[]) => inTurn(() => runPatiently(args).finally(onEnd));
  async function runPatiently(args: readonly string[]): Promise<string> {
    onCommand?.(args);
    const printed = await patiently(() => runOnce(args), { passes, pauses, onRetry });
    enabledOne ||= args[0] === 'services' && args[1] === 'enable';
    return printed;
  }
  return {
    run,
    async json<T>(args: readonly string[], shape: Shape<T>): Promise<T> {
      const printed = await run([...args, '--format=json']);
      const value = parsed(printed);
      const problem = value === undefined ? 'that is no JSON' : shape(value);
      if (problem === undefined) return value as T;
      const message = `gcloud ${args.join(' ')} printed what is not understood (${problem}).`;
      throw new GcloudError({ kind: 'unknown', message, mend: 'Run gcloud components update.' }, '');
    },
  };
}

function parsed(printed: string): unknown {
  try {
    return JSON.parse(printed);
  } catch {
    return undefined;
  }
}

async function runOnce(args: readonly string[]): Promise<string> {
  const [stdout, stderr, code] = await spawned(args).catch((cause: NodeJS.ErrnoException) => {
    throw notStarted(args, cause);
  });
  if (code === 0) return stdout;
  throw new GcloudError(explainFailure(stderr, args, code), stderr);
}

async function spawned(args: readonly string[]): Promise<[stdout: string, stderr: string, code: number | null]> {
  const child = spawn('gcloud', args, {
    // It would wait for an answer that nobody gives.
    env: { ...process.env, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const printed = [endOf(child.stdout, LONGEST_OUTPUT), endOf(child.stderr, LONGEST_COMPLAINT)] as const;
  const [stdout, stderr, [code]] = await Promise.all([...printed, ended]);
  return [stdout, stderr, code];
}

function notStarted(args: readonly string[], cause: NodeJS.ErrnoException): GcloudError {
  if (cause.code === 'E2BIG') {
    const longest = args.toSorted((a, b) => b.length - a.length)[0] ?? '';
    const message = `This machine takes no command with ${longest.split('=', 1)} of ${longest.length} characters.`;
    return new GcloudError({ kind: 'unknown', message, mend: 'Shorten env and audiences in the declaration.' }, '');
  }
  const message = cause.code === 'ENOENT' ? 'There is no gcloud on PATH.' : `gcloud cannot be started (${cause.code}).`;
  const mend = 'Install the Google Cloud CLI: https://cloud.google.com/sdk/docs/install, then run: gcloud auth login';
  return new GcloudError({ kind: 'no-gcloud', message, mend }, '', { cause });
}

/** All that is printed, or its end: so much is kept, and the rest let go. */
async function endOf(stream: Readable, atMost: number): Promise<string> {
  stream.setEncoding('utf8');
  let kept = '';
  for await (const piece of stream) {
    kept += piece;
    if (kept.length > 2 * atMost) kept = kept.slice(-atMost);
  }
  return kept.slice(-atMost);
}
