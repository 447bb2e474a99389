/** What a role allows that counts for who may invoke whom. */
export interface Abilities {
  /** Invokes what the policy is of, and all below it. */
  readonly invokes: boolean;
  /** Changes the policy, or one below it, and so lets anybody in. */
  readonly admits: boolean;
  /** Has tokens of an account, makes a key of it, or lets itself have them. */
  readonly becomes: boolean;
  /** Attaches an account to what it deploys. */
  readonly actsAs: boolean;
  readonly deploys: boolean;
}

/**
 * By one step each. `getAccessToken` invokes nothing by itself: with it the account's own rights are used, to mint an ID
 * token among them.
 * @see https://docs.cloud.google.com/iam/docs/service-account-permissions
 * @see https://docs.cloud.google.com/run/docs/reference/iam/permissions
 */
const PERMISSIONS = {
  invokes: ['run.routes.invoke'],
  admits: [
    'run.services.setIamPolicy',
    'resourcemanager.projects.setIamPolicy',
    'resourcemanager.folders.setIamPolicy',
    'resourcemanager.organizations.setIamPolicy',
  ],
  becomes: [
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.signJwt',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.implicitDelegation',
    'iam.serviceAccounts.setIamPolicy',
    'iam.serviceAccountKeys.create',
  ],
  actsAs: ['iam.serviceAccounts.actAs'],
  deploys: [
    'run.services.create',
    'run.services.update',
    'run.jobs.create',
    'run.jobs.update',
    'run.workerpools.create',
    'run.workerpools.update',
  ],
} as const satisfies Record<keyof Abilities, readonly string[]>;

/** The permissions that count. */
export const COUNTING: ReadonlySet<string> = new Set(Object.values(PERMISSIONS).flat());

export function abilitiesOf(permissions: ReadonlySet<string> = new Set()): Abilities {
  const has = (ability: keyof Abilities) => PERMISSIONS[ability].some((permission) => permissions.has(permission));
  return {
    invokes: has('invokes'),
    admits: has('admits'),
    becomes: has('becomes'),
    actsAs: has('actsAs'),
    deploys: has('deploys'),
  };
}
