import { type SavedSenders, savedSendersShape } from '../delivery/deliveries.ts';
import { savedApisShape } from '../google/admin/enabled-apis.ts';
import { type SavedPolicy, savedPoliciesShape } from '../iam/policies/saved-policies.ts';
import { type SavedPools, savedPoolsShape } from '../iam/pools/identity-pools.ts';
import { type CustomRole, savedRolesShape } from '../iam/roles/roles.ts';
import { type SavedAccountKey, savedAccountKeysShape } from '../identity/accounts/account-keys.ts';
import { type SavedAccounts, savedAccountsShape } from '../identity/accounts/accounts.ts';
import { type SavedKeys, savedKeysShape } from '../identity/keys/key-ring.ts';
import type { StateShape } from '../internal/state/state-shape.ts';
import { type SavedJob, savedJobsShape } from '../run/jobs/saved-jobs.ts';
import { type SavedService, savedServicesShape } from '../run/services/saved-services.ts';
import { type SavedWorkerPool, savedWorkerPoolsShape } from '../run/worker-pools/saved-worker-pools.ts';

/** What the emulator remembers over a restart. */
export interface SavedState {
  readonly version: 1;
  readonly keys: SavedKeys;
  readonly accountKeys: readonly SavedAccountKey[];
  readonly policies: readonly SavedPolicy[];
  /** What the admin APIs changed; absent where nothing of it is known. */
  readonly accounts?: SavedAccounts;
  readonly apis?: readonly string[];
  readonly pools?: SavedPools;
  readonly roles?: readonly CustomRole[];
  readonly services?: readonly SavedService[];
  readonly jobs?: readonly SavedJob[];
  readonly workerPools?: readonly SavedWorkerPool[];
  readonly senders?: SavedSenders;
}

export const savedStateShape: StateShape = {
  required: { keys: savedKeysShape, accountKeys: savedAccountKeysShape, policies: savedPoliciesShape },
  optional: {
    accounts: savedAccountsShape,
    apis: savedApisShape,
    roles: savedRolesShape,
    pools: savedPoolsShape,
    services: savedServicesShape,
    jobs: savedJobsShape,
    workerPools: savedWorkerPoolsShape,
    senders: savedSendersShape,
  },
};
