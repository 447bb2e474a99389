import type { Undo } from '../remember.ts';
import { damaged, readState, stateWriter } from './state-file.ts';
import type { StateShape } from './state-shape.ts';

/** A part that is kept over a restart. */
export interface Section {
  /** Under which it stands in the file. */
  readonly name: string;
  /** What is saved of it, as it is now; absent where it can go back and is not saved. */
  readonly save?: () => unknown;
  /** The way back to what it is now. */
  readonly remember: () => Undo;
}

/** What is kept over a restart, where it is: without a file nothing is, and all of this does nothing. */
export interface KeptState<State> {
  /** What was saved before, or undefined. */
  readonly saved: State | undefined;
  /** From now on these are kept, too; one of a name that is known takes its place. */
  keep(...sections: readonly Section[]): void;
  /** Something changed. */
  save(): void;
  /** Resolves when what was changed is saved. @throws EmulatorError STATE_NOT_SAVED when it cannot be, and is undone */
  settled(): Promise<void>;
  /** The same at the end, of all that was changed. */
  ended(): Promise<void>;
  /** Why there is no going on with what was saved. */
  unusable(error: Error): Error;
}

/** @throws EmulatorError STATE_INVALID */
export async function keepState<State>(file: string | undefined, shape: StateShape): Promise<KeptState<State>> {
  const saved = file === undefined ? undefined : await readState<State>(file, shape);
  const sections = new Map<string, Section>();
  const writer = file === undefined ? undefined : stateWriter(file, () => ({ state: state(), undo: remember() }));

  async function state(): Promise<object> {
    const saving = [...sections.values()].flatMap(({ name, save }) =>
      save === undefined ? [] : ([[name, save()]] as const),
    );
    const done = await Promise.all(saving.map(async ([name, value]) => [name, await value] as const));
    return { version: 1, ...Object.fromEntries(done) };
  }

  function remember(): Undo {
    const undos = [...sections.values()].map((section) => section.remember());
    return () => {
      for (const undo of undos) undo();
    };
  }

  return {
    saved,
    keep(...more) {
      for (const section of more) sections.set(section.name, section);
      writer?.holds(remember());
    },
    save: () => writer?.save(),
    settled: async () => writer?.settled(),
    ended: async () => writer?.ended(),
    unusable: (error) => (file === undefined ? error : damaged(file, error.message)),
  };
}
