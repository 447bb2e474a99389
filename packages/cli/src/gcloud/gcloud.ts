import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { explainFailure } from './explain-failure.ts';
import { type FailureKind, GcloudError } from './gcloud-error.ts';
import { inTurns } from './in-turns.ts';

/** The user's own gcloud, with its own sign-in and settings. Arguments go to it as they are; no shell reads them. */
export interface Gcloud {
  /** What it prints. @throws GcloudError */
  run(args: readonly string[]): Promise<string>;
  /** What it prints with `--format=json`. @throws GcloudError */
  json<T>(args: readonly string[]): Promise<T>;
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

export function createGcloud({ onCommand, onEnd, onRetry, pauses = [1, 2, 4, 8, 15, 30] }: GcloudOptions = {}): Gcloud {
  // An API that was off a moment ago is not on everywhere at once.
  let enabledOne = false;
  const passes = ({ kind }: GcloudError) => passing.has(kind) || (kind === 'api-off' && enabledOne);
  const inTurn = inTurns(AT_ONCE);
  const run = (args: readonly string[]) => inTurn(() => runPatiently(args).finally(onEnd));
  async function runPatiently(args: readonly string[]): Promise<string> {
    onCommand?.(args);
    for (let tries = 0; ; tries++) {
      try {
        const printed = await runOnce(args);
        enabledOne ||= args[0] === 'services' && args[1] === 'enable';
        return printed;
      } catch (error) {
        const seconds = pauses[tries];
        if (!(error instanceof GcloudError) || !passes(error) || seconds === undefined) throw error;
        onRetry?.(error);
        await pause(seconds * 1000);
      }
    }
  }
  return {
    run,
    async json<T>(args: readonly string[]): Promise<T> {
      const printed = await run([...args, '--format=json']);
      try {
        return JSON.parse(printed) as T;
      } catch (cause) {
        throw new GcloudError(
          {
            kind: 'unknown',
            message: `gcloud ${args.join(' ')} printed no JSON.`,
            mend: 'Run gcloud components update.',
          },
          printed,
          { cause },
        );
      }
    },
  };
}

async function runOnce(args: readonly string[]): Promise<string> {
  const child = spawn('gcloud', args, {
    // It would wait for an answer that nobody gives.
    env: { ...process.env, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]).catch(
    (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? 'There is no gcloud on PATH.' : `gcloud cannot be started (${cause.code}).`;
      const mend =
        'Install the Google Cloud CLI: https://cloud.google.com/sdk/docs/install, then run: gcloud auth login';
      throw new GcloudError({ kind: 'no-gcloud', message: why, mend }, '', { cause });
    },
  );
  if (code === 0) return stdout;
  throw new GcloudError(explainFailure(stderr, args, code), stderr);
}
