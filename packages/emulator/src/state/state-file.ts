import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { EmulatorError } from '../errors.ts';
import type { SavedAccountKey } from '../iam/account-keys.ts';
import type { SavedPools } from '../iam/identity-pools.ts';
import type { SavedPolicy } from '../iam/saved-policies.ts';
import type { SavedAccounts } from '../identity/accounts.ts';
import type { SavedKeys } from '../keys/key-ring.ts';
import type { SavedService } from '../run/saved-services.ts';

/** What the emulator remembers over a restart. */
export interface EmulatorState {
  readonly version: 1;
  readonly keys: SavedKeys;
  readonly accountKeys: readonly SavedAccountKey[];
  readonly policies: readonly SavedPolicy[];
  /** What the admin APIs changed; absent where nothing of it is known. */
  readonly accounts?: SavedAccounts;
  readonly apis?: readonly string[];
  readonly pools?: SavedPools;
  readonly services?: readonly SavedService[];
}

/** The state that was saved, or undefined where there is none yet. @throws EmulatorError STATE_INVALID */
export async function readState(file: string): Promise<EmulatorState | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw damaged(file, error.code ?? error.message);
  });
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text);
    if (state?.version !== 1) throw new Error('it is of another version');
    return state;
  } catch (error) {
    throw damaged(file, (error as Error).message);
  }
}

export function damaged(file: string, why: string): EmulatorError {
  return new EmulatorError(
    'STATE_INVALID',
    `The state in ${file} cannot be read: ${why}.`,
    'Move the file away to start anew: tokens and key files made before are then worth nothing.',
  );
}

export interface StateWriter {
  /** Saves soon; several changes at once are one write. */
  save(): void;
  /** Resolves when everything is saved. @throws EmulatorError STATE_NOT_SAVED when the newest write failed */
  settled(): Promise<void>;
}

/** Saves state one write after another: a crash leaves the old file or the new one, never half of one. */
export function stateWriter(file: string, state: () => Promise<EmulatorState>): StateWriter {
  let last: Promise<void> = Promise.resolve();
  let waiting = false;
  let failure: NodeJS.ErrnoException | undefined;

  async function write(): Promise<void> {
    waiting = false;
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      // It holds private keys: nobody else may read it.
      await writeFileAtomic(file, `${JSON.stringify(await state())}\n`, { mode: 0o600 });
      failure = undefined;
    } catch (error) {
      failure = error as NodeJS.ErrnoException;
    }
  }

  return {
    save() {
      if (waiting) return;
      waiting = true;
      last = last.then(write);
    },
    async settled() {
      await last;
      if (failure === undefined) return;
      throw new EmulatorError(
        'STATE_NOT_SAVED',
        `The state cannot be saved in ${file} (${failure.code ?? failure.message}).`,
        'Name a folder that can be written to.',
      );
    },
  };
}
