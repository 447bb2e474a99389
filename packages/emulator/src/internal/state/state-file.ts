import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmulatorError } from '../errors.ts';
import type { Undo } from '../remember.ts';
import { type StateShape, stateProblem } from './state-shape.ts';
import { sweep, writeWhole } from './write-whole.ts';

/** Bytes. Thousands of policies are far below. */
const LARGEST = 64 * 1024 * 1024;

/** The state of this shape that was saved, or undefined where there is none yet. @throws EmulatorError STATE_INVALID */
export async function readState<State>(file: string, shape: StateShape): Promise<State | undefined> {
  await sweep(file);
  try {
    const state = JSON.parse(await readRegular(file));
    const problem = state?.version === 1 ? stateProblem(state, shape) : 'it is of another version';
    if (problem !== undefined) throw new Error(problem);
    return state;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw damaged(file, code ?? message);
  }
}

/**
 * The text of a file that its owner alone may read; undefined where there is none.
 * @throws EmulatorError STATE_INVALID also where others could have read or written it
 */
export async function readSecret(file: string): Promise<string | undefined> {
  await sweep(file);
  try {
    return await readRegular(file, 0o077);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw damaged(file, code ?? message);
  }
}

/** A pipe could be waited for for ever, a device could have no end, and a link lead to what is not ours. */
async function readRegular(file: string, forbidden = 0): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error('it is no regular file');
    if (stats.size > LARGEST) throw new Error('it is larger than 64 MiB');
    if ((stats.mode & forbidden) !== 0) throw new Error('others may read it');
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

export function damaged(file: string, why: string): EmulatorError {
  return new EmulatorError(
    'STATE_INVALID',
    `The state in ${file} cannot be read: ${why}.`,
    'Move the file away to start anew: tokens and key files made before are then worth nothing.',
  );
}

/** What is to be kept of one moment, and the way back to it. */
export interface Moment {
  readonly state: Promise<object>;
  readonly undo: Undo;
}

export interface StateWriter {
  /** Something changed: saves soon; several changes at once are one write. */
  save(): void;
  /** What there is now is what the file holds, or what belongs to it from now on. */
  holds(undo: Undo): void;
  /** Resolves when what changed is saved. @throws EmulatorError STATE_NOT_SAVED when it cannot be: then it is undone */
  settled(): Promise<void>;
  /** The same at the end. @throws EmulatorError STATE_NOT_SAVED also for the newest write of those before */
  ended(): Promise<void>;
}

/**
 * Saves state, one write after another. When one fails, what is remembered goes back to what the file holds: nobody is
 * told what a restart would not know.
 * @param take what there is, all of it of one moment
 */
export function stateWriter(file: string, take: () => Moment): StateWriter {
  /** Of changes that no write has begun to save, and of those that one is saving. */
  let waiting: PromiseWithResolvers<void> | undefined;
  let writing: PromiseWithResolvers<void> | undefined;
  let undos: readonly Undo[] = [];
  let failure: EmulatorError | undefined;

  async function work(): Promise<void> {
    while (waiting !== undefined) {
      writing = waiting;
      // Changes of one request are made together.
      await Promise.resolve();
      waiting = undefined;
      try {
        const { state, undo } = take();
        const older = undos.length;
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await writeWhole(file, `${JSON.stringify(await state)}\n`);
        undos = [undo, ...undos.slice(older)];
        failure = undefined;
        writing.resolve();
      } catch (error) {
        failure = notSaved(file, error as NodeJS.ErrnoException);
        for (const undo of undos) undo();
        writing.reject(failure);
        // What was changed since is undone as well.
        fail(failure);
      }
      writing = undefined;
    }
  }
  function fail(error: EmulatorError): void {
    waiting?.reject(error);
    waiting = undefined;
  }

  return {
    save() {
      if (waiting !== undefined) return;
      waiting = Promise.withResolvers();
      // Whoever wants to know asks.
      waiting.promise.catch(() => undefined);
      if (writing === undefined) void work();
    },
    holds(undo) {
      undos = [...undos, undo];
    },
    settled: async () => (waiting ?? writing)?.promise,
    async ended() {
      await (waiting ?? writing)?.promise;
      if (failure !== undefined) throw failure;
    },
  };
}

function notSaved(file: string, error: NodeJS.ErrnoException): EmulatorError {
  return new EmulatorError(
    'STATE_NOT_SAVED',
    `The state cannot be saved in ${file} (${error.code ?? error.message}).`,
    'Name a folder that can be written to, or make room there.',
  );
}
