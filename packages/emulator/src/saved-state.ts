import { savedApisShape } from './admin/enabled-apis.ts';
import { type SavedAccountKey, savedAccountKeysShape } from './iam/account-keys.ts';
import { type SavedPools, savedPoolsShape } from './iam/identity-pools.ts';
import { type CustomRole, savedRolesShape } from './iam/roles.ts';
import { type SavedPolicy, savedPoliciesShape } from './iam/saved-policies.ts';
import { type SavedAccounts, savedAccountsShape } from './identity/accounts.ts';
import { type SavedKeys, savedKeysShape } from './keys/key-ring.ts';
import { type SavedService, savedServicesShape } from './run/saved-services.ts';
import type { StateShape } from './state/state-shape.ts';

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
}

export const savedStateShape: StateShape = {
  required: { keys: savedKeysShape, accountKeys: savedAccountKeysShape, policies: savedPoliciesShape },
  optional: {
    accounts: savedAccountsShape,
    apis: savedApisShape,
    roles: savedRolesShape,
    pools: savedPoolsShape,
    services: savedServicesShape,
  },
};
