import type { Gcloud } from '../gcloud/gcloud.ts';
import { printed } from '../gcloud/gcloud-answers.ts';
import { COUNTING } from './abilities.ts';

const RUN_CODE = [
  'run.services.create',
  'run.services.update',
  'run.jobs.create',
  'run.jobs.update',
  'run.workerpools.create',
  'run.workerpools.update',
];
const EDITS = ['run.routes.invoke', 'iam.serviceAccounts.actAs', 'iam.serviceAccountKeys.create', ...RUN_CODE];

/**
 * Roles that stand in nearly every project, so that gcloud need not be asked.
 * @see https://docs.cloud.google.com/iam/docs/roles-overview#basic
 * @see https://docs.cloud.google.com/run/docs/securing/managing-access
 * @see https://docs.cloud.google.com/iam/docs/service-account-permissions
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'roles/owner': [
    ...EDITS,
    'run.services.setIamPolicy',
    'resourcemanager.projects.setIamPolicy',
    'iam.serviceAccounts.setIamPolicy',
  ],
  'roles/editor': EDITS,
  'roles/viewer': [],
  'roles/browser': [],
  'roles/run.invoker': ['run.routes.invoke'],
  'roles/run.servicesInvoker': ['run.routes.invoke'],
  'roles/iam.serviceAccountUser': ['iam.serviceAccounts.actAs'],
  'roles/iam.serviceAccountOpenIdTokenCreator': ['iam.serviceAccounts.getOpenIdToken'],
  'roles/iam.serviceAccountTokenCreator': [
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.implicitDelegation',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.signJwt',
  ],
  'roles/iam.workloadIdentityUser': ['iam.serviceAccounts.getOpenIdToken', 'iam.serviceAccounts.getAccessToken'],
};

/** What a role allows of what counts here. @throws GcloudError */
export async function readRole(gcloud: Gcloud, role: string): Promise<ReadonlySet<string>> {
  if (Object.hasOwn(KNOWN, role)) return new Set(KNOWN[role]);
  const described = await gcloud.json(['iam', 'roles', 'describe', ...named(role)], printed.role);
  // Nobody has anything by a role that was deleted or disabled.
  if (described.deleted === true || described.stage === 'DISABLED') return new Set();
  return new Set((described.includedPermissions ?? []).filter((permission) => COUNTING.has(permission)));
}

/** A role of Google's by its whole name; one of a project or an organisation by its id and whose it is. */
function named(role: string): readonly string[] {
  if (role.startsWith('roles/')) return [role];
  const [kind = '', owner = '', , id = ''] = role.split('/');
  return [id, `--${kind === 'organizations' ? 'organization' : 'project'}=${owner}`];
}
