/** Permissions that the emulator checks. */
export type Permission = keyof typeof holders;

const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';
const WORKLOAD_IDENTITY_USER = 'roles/iam.workloadIdentityUser';
const OWNER = 'roles/owner';
const EDITOR = 'roles/editor';
const VIEWER = 'roles/viewer';
const RUN_ADMIN = 'roles/run.admin';
const RUN_DEVELOPER = 'roles/run.developer';
const ACCOUNT_ADMIN = 'roles/iam.serviceAccountAdmin';
const PROJECT_IAM_ADMIN = 'roles/resourcemanager.projectIamAdmin';

const runReaders = [RUN_ADMIN, RUN_DEVELOPER, 'roles/run.viewer', VIEWER, EDITOR, OWNER] as const;
const runWriters = [RUN_ADMIN, RUN_DEVELOPER, EDITOR, OWNER] as const;
const accountReaders = [ACCOUNT_ADMIN, 'roles/iam.serviceAccountViewer', VIEWER, EDITOR, OWNER] as const;
const accountMakers = [ACCOUNT_ADMIN, 'roles/iam.serviceAccountCreator', EDITOR, OWNER] as const;
const keyWriters = ['roles/iam.serviceAccountKeyAdmin', EDITOR, OWNER] as const;
const usageReaders = [
  'roles/serviceusage.serviceUsageAdmin',
  'roles/serviceusage.serviceUsageViewer',
  VIEWER,
  EDITOR,
  OWNER,
] as const;
const poolWriters = ['roles/iam.workloadIdentityPoolAdmin', OWNER] as const;
const poolReaders = [
  'roles/iam.workloadIdentityPoolAdmin',
  'roles/iam.workloadIdentityPoolViewer',
  VIEWER,
  EDITOR,
  OWNER,
] as const;

/**
 * The roles that hold each permission. Owner and editor may invoke, but may not be another account.
 * @see https://docs.cloud.google.com/run/docs/securing/managing-access
 * @see https://docs.cloud.google.com/iam/docs/service-account-permissions
 */
const holders = {
  'run.routes.invoke': ['roles/run.invoker', 'roles/run.servicesInvoker', RUN_ADMIN, EDITOR, OWNER],
  'run.services.get': runReaders,
  'run.services.list': runReaders,
  'run.services.create': runWriters,
  'run.services.update': runWriters,
  'run.services.delete': runWriters,
  'run.services.getIamPolicy': runReaders,
  'run.services.setIamPolicy': [RUN_ADMIN, OWNER],
  'run.revisions.get': runReaders,
  'run.revisions.list': runReaders,
  'run.revisions.delete': runWriters,
  'run.operations.get': runReaders,
  'run.operations.list': runReaders,
  'run.locations.list': runReaders,
  'iam.serviceAccounts.get': accountReaders,
  'iam.serviceAccounts.list': accountReaders,
  'iam.serviceAccounts.create': accountMakers,
  'iam.serviceAccounts.update': [ACCOUNT_ADMIN, EDITOR, OWNER],
  'iam.serviceAccounts.delete': [ACCOUNT_ADMIN, 'roles/iam.serviceAccountDeleter', EDITOR, OWNER],
  'iam.serviceAccounts.actAs': ['roles/iam.serviceAccountUser', EDITOR, OWNER],
  'iam.serviceAccounts.getOpenIdToken': [
    'roles/iam.serviceAccountOpenIdTokenCreator',
    TOKEN_CREATOR,
    WORKLOAD_IDENTITY_USER,
  ],
  'iam.serviceAccounts.getAccessToken': [TOKEN_CREATOR, WORKLOAD_IDENTITY_USER],
  'iam.serviceAccounts.signBlob': [TOKEN_CREATOR],
  'iam.serviceAccounts.signJwt': [TOKEN_CREATOR],
  'iam.serviceAccounts.implicitDelegation': [TOKEN_CREATOR],
  'iam.serviceAccounts.getIamPolicy': [ACCOUNT_ADMIN, VIEWER, EDITOR, OWNER],
  'iam.serviceAccounts.setIamPolicy': [ACCOUNT_ADMIN, OWNER],
  'iam.serviceAccountKeys.list': [...keyWriters, ...accountReaders],
  'iam.serviceAccountKeys.create': keyWriters,
  'iam.serviceAccountKeys.delete': keyWriters,
  'iam.workloadIdentityPools.get': poolReaders,
  'iam.workloadIdentityPools.list': poolReaders,
  'iam.workloadIdentityPools.create': poolWriters,
  'iam.workloadIdentityPools.update': poolWriters,
  'iam.workloadIdentityPools.delete': poolWriters,
  'iam.workloadIdentityPoolProviders.get': poolReaders,
  'iam.workloadIdentityPoolProviders.list': poolReaders,
  'iam.workloadIdentityPoolProviders.create': poolWriters,
  'iam.workloadIdentityPoolProviders.update': poolWriters,
  'iam.workloadIdentityPoolProviders.delete': poolWriters,
  'resourcemanager.projects.get': ['roles/browser', PROJECT_IAM_ADMIN, ...runReaders],
  'resourcemanager.projects.getIamPolicy': [PROJECT_IAM_ADMIN, VIEWER, EDITOR, OWNER],
  'resourcemanager.projects.setIamPolicy': [PROJECT_IAM_ADMIN, OWNER],
  'serviceusage.services.get': usageReaders,
  'serviceusage.services.list': usageReaders,
  'serviceusage.services.enable': ['roles/serviceusage.serviceUsageAdmin', EDITOR, OWNER],
  'serviceusage.services.disable': ['roles/serviceusage.serviceUsageAdmin', EDITOR, OWNER],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export function holds(role: string, permission: Permission): boolean {
  return (holders[permission] as readonly string[]).includes(role);
}

/** Whether this is the name of a permission that roles here are known to hold or to lack. */
export function isPermission(name: string): name is Permission {
  return Object.hasOwn(holders, name);
}
