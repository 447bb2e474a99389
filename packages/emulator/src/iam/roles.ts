/** Permissions that the emulator checks. */
export type Permission = keyof typeof holders;

const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';
const WORKLOAD_IDENTITY_USER = 'roles/iam.workloadIdentityUser';
const OWNER = 'roles/owner';
const RUN_ADMIN = 'roles/run.admin';
const ACCOUNT_ADMIN = 'roles/iam.serviceAccountAdmin';
const PROJECT_IAM_ADMIN = 'roles/resourcemanager.projectIamAdmin';

/**
 * The roles that hold each permission. Owner and editor may invoke, but may not be another account.
 * @see https://docs.cloud.google.com/run/docs/securing/managing-access
 * @see https://docs.cloud.google.com/iam/docs/service-account-permissions
 */
const holders = {
  'run.routes.invoke': ['roles/run.invoker', 'roles/run.servicesInvoker', RUN_ADMIN, 'roles/editor', OWNER],
  'run.services.getIamPolicy': [
    RUN_ADMIN,
    'roles/run.viewer',
    'roles/run.developer',
    'roles/viewer',
    'roles/editor',
    OWNER,
  ],
  'run.services.setIamPolicy': [RUN_ADMIN, OWNER],
  'iam.serviceAccounts.getOpenIdToken': [
    'roles/iam.serviceAccountOpenIdTokenCreator',
    TOKEN_CREATOR,
    WORKLOAD_IDENTITY_USER,
  ],
  'iam.serviceAccounts.getAccessToken': [TOKEN_CREATOR, WORKLOAD_IDENTITY_USER],
  'iam.serviceAccounts.implicitDelegation': [TOKEN_CREATOR],
  'iam.serviceAccounts.getIamPolicy': [ACCOUNT_ADMIN, 'roles/viewer', 'roles/editor', OWNER],
  'iam.serviceAccounts.setIamPolicy': [ACCOUNT_ADMIN, OWNER],
  'resourcemanager.projects.getIamPolicy': [PROJECT_IAM_ADMIN, 'roles/viewer', 'roles/editor', OWNER],
  'resourcemanager.projects.setIamPolicy': [PROJECT_IAM_ADMIN, OWNER],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export function holds(role: string, permission: Permission): boolean {
  return (holders[permission] as readonly string[]).includes(role);
}

/** Whether this is the name of a permission that roles here are known to hold or to lack. */
export function isPermission(name: string): name is Permission {
  return Object.hasOwn(holders, name);
}
