import type { Workload } from '@run-edges/edges';
import type { Cloud } from '@run-edges/emulator';

/**
 * What a repository that has the command as a part of itself tells it of its own apps, beside what is declared. Everybody
 * else has none: what is said of them is in the declaration.
 */
export interface OwnApps {
  has(workload: Pick<Workload, 'source' | 'image' | 'build'>): boolean;
  /** What makes them fill themselves with so many people. */
  env(people: number): Readonly<Record<string, string>>;
  /** Returns when all the people can be found, or the signal is aborted. */
  follow(cloud: Cloud, people: number, signal: AbortSignal): Promise<void>;
  /** Where to go on, and as whom. */
  signIn(cloud: Cloud): string | undefined;
  /** The database of one, in a compose file. */
  database(service: string): { readonly name: string; readonly container: object };
}
