import type { LiveAccount } from '../deployment/live.ts';
import type { LiveService } from '../deployment/live-service.ts';
import type { LiveJob, LiveWorkerPool } from '../deployment/live-workloads.ts';
import type { Binding } from '../gcloud/binding.ts';
import { type FoundSenders, NO_SENDERS } from '../senders/live-senders.ts';

/** What there is already. */
export interface Found {
  readonly repository: boolean;
  /** Images that need no build. */
  readonly images: ReadonlySet<string>;
  readonly accounts: readonly LiveAccount[];
  /** By e-mail; only where a tester was named, or another identity provider. */
  readonly accountBindings: ReadonlyMap<string, readonly Binding[]>;
  /** By secret; only where databases were named. */
  readonly secretBindings: ReadonlyMap<string, readonly Binding[]>;
  readonly projectBindings: readonly Binding[];
  readonly services: readonly LiveService[];
  readonly jobs: readonly LiveJob[];
  readonly workerPools: readonly LiveWorkerPool[];
  readonly senders: FoundSenders;
}

export const NOTHING: Found = {
  repository: false,
  images: new Set(),
  accounts: [],
  accountBindings: new Map(),
  secretBindings: new Map(),
  projectBindings: [],
  services: [],
  jobs: [],
  workerPools: [],
  senders: NO_SENDERS,
};
