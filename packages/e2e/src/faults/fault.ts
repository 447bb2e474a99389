import type { World } from './world/world.ts';

/** Something that goes wrong for a while. */
export interface Fault {
  /** What it is called in the report. */
  readonly name: string;
  /** Rejects where it cannot be made. */
  begin(world: World): Promise<void>;
  /** Ends what `begin` began; without it all is over at once, and what has ended comes back by itself. */
  readonly end?: (world: World) => Promise<void>;
  /**
   * Nobody can have a token that holds meanwhile: a token, the keys or a clock is wrong. A 401 is then the right answer
   * until all works again; a 403 to an allowed caller never is.
   */
  readonly spoilsTokens?: boolean;
  /** A container starts again before all works: that takes what the pause after a crash and its start take. */
  readonly restarts?: boolean;
  /** Also in the short form of the suite. */
  readonly short?: boolean;
}

/** Faults of one kind, one after another in the same world. */
export interface Family {
  readonly name: string;
  readonly on: 'SQLite' | 'PostgreSQL';
  readonly faults: readonly Fault[];
  /** True where this machine can do it; else the reason. */
  readonly possible?: () => true | string;
}
