import type { Command } from '../gcloud/command.ts';
import type { Row } from './row.ts';

/** What mends the differences, each command once. */
export interface Fixes {
  /** Grants, and settings that shut nobody out. */
  readonly giving: readonly Command[];
  readonly taking: readonly Taking[];
}

/** A command that takes access away from somebody. */
export interface Taking {
  readonly command: Command;
  /** What it mends. */
  readonly what: readonly string[];
  /** Who made what it takes away, as far as is known. */
  readonly origin: string;
}

export function fixesOf(rows: readonly Row[]): Fixes {
  const giving = new Map<string, Command>();
  const taking = new Map<string, Taking>();
  for (const { state, fix, takes = false, reason, origin = 'unknown' } of rows) {
    if (state !== 'drift' || fix === undefined) continue;
    const key = JSON.stringify(fix);
    const what = [...(taking.get(key)?.what ?? []), reason];
    if (takes) taking.set(key, { command: fix, what, origin });
    else giving.set(key, fix);
  }
  return { giving: [...giving.values()], taking: [...taking.values()] };
}
