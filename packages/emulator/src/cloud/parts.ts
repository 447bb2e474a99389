import type { Declaration } from '@run-edges/edges';
import type { Callers } from '../run/callers.ts';
import type { Coming } from './declared-workloads.ts';

/** A part of the cloud that stands by itself: a kind of caller, for instance. */
export interface Part {
  /** Who calls, where it is a kind of caller. */
  readonly callers?: Callers;
  /** Begins, once the API and the gates have their addresses. @throws EmulatorError when what is declared does not come up */
  start?(): Promise<void>;
  /** Another declaration took the place of this one: asks for what it says otherwise. Gives what is coming up. */
  follow?(before: Declaration): Promise<readonly Coming[]>;
  /** Deploys what it has of this name once more; undefined where it has none. */
  again?(name: string): Promise<Coming | undefined>;
  /** Stops what it runs; gates go on answering. */
  stop?(): Promise<void>;
  /** Lets go of its ports. */
  close?(): Promise<void>;
}

export interface Parts {
  /** Every kind of caller, in the order in which they came. */
  readonly callers: readonly Callers[];
  add(part: Part): void;
  start(): Promise<void>;
  /**
   * Another declaration took the place of this one. Where a part throws, what was done of it is undone: the parts follow back.
   * @param goBack makes the one before count again; gives the one that was to be
   */
  follow(before: Declaration, goBack: () => Declaration): Promise<readonly Coming[]>;
  again(name: string): Promise<Coming | undefined>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** What the cloud does with its parts, whatever they are. */
export function createParts(): Parts {
  const parts: Part[] = [];
  const callers: Callers[] = [];
  const all = async (act: (part: Part) => Promise<void> | undefined) => {
    await Promise.all(parts.map(act));
  };
  return {
    callers,
    add(part) {
      parts.push(part);
      if (part.callers !== undefined) callers.push(part.callers);
    },
    async follow(before, goBack) {
      const coming: Coming[] = [];
      const followed: Part[] = [];
      try {
        // In their order: who calls is told addresses that are there.
        for (const part of parts) {
          followed.push(part);
          coming.push(...((await part.follow?.(before)) ?? []));
        }
        return coming;
      } catch (error) {
        const refused = goBack();
        // What is in the way of one keeps none of the others.
        for (const part of followed) await part.follow?.(refused).catch(() => undefined);
        throw error;
      }
    },
    again: async (name) =>
      (await Promise.all(parts.map((part) => part.again?.(name)))).find((one) => one !== undefined),
    start: () => all((part) => part.start?.()),
    stop: () => all((part) => part.stop?.()),
    close: () => all((part) => part.close?.()),
  };
}
