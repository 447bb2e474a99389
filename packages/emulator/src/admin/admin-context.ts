import type { CallOptions } from '../api/call.ts';
import type { IamPolicyOptions } from '../api/iam-policies.ts';
import type { AccountKeys } from '../iam/account-keys.ts';
import type { IdentityPools } from '../iam/identity-pools.ts';
import type { SystemKeys } from '../iam/system-keys.ts';
import type { EnabledApis } from './enabled-apis.ts';

/** What the admin APIs work on. */
export interface AdminContext extends CallOptions, IamPolicyOptions {
  readonly accountKeys: AccountKeys;
  readonly apis: EnabledApis;
  readonly systemKeys: SystemKeys;
  readonly identityPools: IdentityPools;
}
