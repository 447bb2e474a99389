/** What gcloud's reads take, where a refusal does not name it. */
const READS: readonly (readonly [command: string, permission: string])[] = [
  ['projects get-iam-policy', 'resourcemanager.projects.getIamPolicy'],
  ['projects describe', 'resourcemanager.projects.get'],
  ['projects get-ancestors', 'resourcemanager.projects.get'],
  ['resource-manager folders get-iam-policy', 'resourcemanager.folders.getIamPolicy'],
  ['organizations get-iam-policy', 'resourcemanager.organizations.getIamPolicy'],
  ['iam service-accounts list', 'iam.serviceAccounts.list'],
  ['iam service-accounts get-iam-policy', 'iam.serviceAccounts.getIamPolicy'],
  ['iam service-accounts keys list', 'iam.serviceAccountKeys.list'],
  ['iam roles describe', 'iam.roles.get'],
  ['run services list', 'run.services.list'],
  ['run services get-iam-policy', 'run.services.getIamPolicy'],
  ['run jobs list', 'run.jobs.list'],
  ['run worker-pools list', 'run.workerpools.list'],
  ['services list', 'serviceusage.services.list'],
  ['secrets get-iam-policy', 'secretmanager.secrets.getIamPolicy'],
  ['artifacts repositories list', 'artifactregistry.repositories.list'],
  ['artifacts docker tags list', 'artifactregistry.tags.list'],
];

/** The predefined role that reads with a permission and does least beside; the first that fits. */
const READING: readonly (readonly [permission: RegExp, role: string])[] = [
  [/^resourcemanager\.(?:folders|organizations)\.getiampolicy$/, 'roles/iam.securityReviewer'],
  [/^resourcemanager\.(?:projects|folders|organizations)\.(?:get|getiampolicy)$/, 'roles/browser'],
  [/^iam\.(?:serviceaccounts|serviceaccountkeys)\.(?:get|list|getiampolicy)$/, 'roles/iam.serviceAccountViewer'],
  [/^iam\.roles\.(?:get|list)$/, 'roles/iam.roleViewer'],
  [/^run\.\w+\.(?:get|list|getiampolicy)$/, 'roles/run.viewer'],
  [/^serviceusage\.services\.(?:get|list)$/, 'roles/serviceusage.serviceUsageViewer'],
  [/^secretmanager\.\w+\.(?:get|list|getiampolicy)$/, 'roles/secretmanager.viewer'],
  [/^artifactregistry\.\w+\.(?:get|list)$/, 'roles/artifactregistry.reader'],
  [/^cloudbuild\.builds\.(?:get|list)$/, 'roles/cloudbuild.builds.viewer'],
];

/** The smallest usual role that changes things with a permission that a deployment needs; the first that fits. */
const CHANGING: readonly (readonly [permission: RegExp, role: string])[] = [
  [/^run\./, 'roles/run.admin'],
  [/actas/, 'roles/iam.serviceAccountUser'],
  [/^iam\.serviceaccounts\./, 'roles/iam.serviceAccountAdmin'],
  [/^iam\.serviceaccountkeys\./, 'roles/iam.serviceAccountKeyAdmin'],
  [/^serviceusage\./, 'roles/serviceusage.serviceUsageAdmin'],
  [/^resourcemanager\./, 'roles/resourcemanager.projectIamAdmin'],
  [/^cloudbuild\./, 'roles/cloudbuild.builds.editor'],
  [/^artifactregistry\./, 'roles/artifactregistry.admin'],
  [/^secretmanager\./, 'roles/secretmanager.admin'],
];

/** What a command that reads takes, or undefined for any other. @param command without its flags */
export function permissionToRead(command: string): string | undefined {
  const released = command.replace(/^(?:alpha|beta) /, '');
  return READS.find(([start]) => `${released} `.startsWith(`${start} `))?.[1];
}

/**
 * The smallest predefined role with a permission. Google writes some permissions in small letters where it refuses them.
 * @see https://docs.cloud.google.com/iam/docs/roles-permissions
 */
export function leastRole(permission: string | undefined): string {
  const asked = permission?.toLowerCase() ?? '';
  return [...READING, ...CHANGING].find(([form]) => form.test(asked))?.[1] ?? 'roles/owner';
}
