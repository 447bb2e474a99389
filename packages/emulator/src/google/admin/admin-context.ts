import type { Deliveries } from '../../delivery/deliveries.ts';
import type { IdentityPools } from '../../iam/pools/identity-pools.ts';
import type { AccountKeys } from '../../identity/accounts/account-keys.ts';
import type { SystemKeys } from '../../identity/accounts/system-keys.ts';
import type { RunJobs } from '../../run/jobs/jobs.ts';
import type { Regions } from '../../run/services/regions.ts';
import type { RunWorkerPools } from '../../run/worker-pools/worker-pools.ts';
import type { CallOptions } from '../http/call.ts';
import type { EnabledApis } from './enabled-apis.ts';
import type { IamPolicyOptions } from './iam-policies.ts';

/** What the admin APIs work on. */
export interface AdminContext extends CallOptions, IamPolicyOptions {
  readonly accountKeys: AccountKeys;
  readonly apis: EnabledApis;
  readonly systemKeys: SystemKeys;
  readonly identityPools: IdentityPools;
  readonly regions: Regions;
  readonly jobs: RunJobs;
  readonly workerPools: RunWorkerPools;
  readonly deliveries: Deliveries;
}
