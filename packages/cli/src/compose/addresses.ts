import type { Declaration } from '@run-edges/edges';

/** How containers reach the emulator, and what they are told of it. */
export interface Addresses {
  /** What the emulator is called on the network of a workload, besides its own names there. */
  names(declaration: Declaration, workload: string): readonly string[];
  /** Where Google's public keys are. */
  readonly keysUrl: string;
  /** What the declaration puts into the environment of a workload, and what its programs need besides. */
  env(declaration: Declaration, workload: string): Readonly<Record<string, string>>;
  /** More flags of the emulator. */
  readonly flags: readonly string[];
  /** Volumes that each container shares with the emulator. @param mode what may be done with them */
  volumes(mode: 'ro' | 'rw'): readonly string[];
  /** Their names. */
  readonly volumeNames: readonly string[];
}
