/** Every permission of the APIs that are played here, also those that nothing here asks for. */
const verbs: Readonly<Record<string, string>> = {
  'run.services': 'get list create update delete getIamPolicy setIamPolicy',
  'run.routes': 'get list invoke',
  'run.configurations': 'get list',
  'run.revisions': 'get list delete',
  'run.jobs': 'get list create update delete run runWithOverrides getIamPolicy setIamPolicy',
  'run.executions': 'get list delete cancel',
  'run.tasks': 'get list',
  'run.workerpools': 'get list create update delete getIamPolicy setIamPolicy',
  'run.instances': 'get list create update delete start stop invoke getIamPolicy setIamPolicy',
  'run.locations': 'get list',
  'run.operations': 'get list delete',
  'iam.serviceAccounts':
    'get list create update delete undelete enable disable actAs getAccessToken getOpenIdToken implicitDelegation signBlob signJwt getIamPolicy setIamPolicy',
  'iam.serviceAccountKeys': 'get list create delete enable disable',
  'iam.roles': 'get list create update delete undelete',
  'iam.workloadIdentityPools': 'get list create update delete undelete',
  'iam.workloadIdentityPoolProviders': 'get list create update delete undelete',
  'resourcemanager.projects':
    'get list create update delete undelete move getIamPolicy setIamPolicy createBillingAssignment deleteBillingAssignment updateLiens',
  'serviceusage.services': 'get list enable disable use',
  'serviceusage.operations': 'get list delete cancel',
  'serviceusage.quotas': 'get update',
};

const WELL_FORMED = /^[a-z][a-z0-9]*(?:\.[a-zA-Z][a-zA-Z0-9]*){2,3}$/;

/**
 * Whether Google would say if somebody holds this permission. What is below the project has permissions of its own
 * API alone; of APIs that are not played here any well-formed name is taken, and held by nobody.
 * @param api whose the resource is: `run`, `iam`; undefined for the project
 * @see https://docs.cloud.google.com/iam/docs/permissions-reference
 */
export function isTestable(permission: string, api: string | undefined): boolean {
  const [own = ''] = permission.split('.');
  if (!WELL_FORMED.test(permission) || (api !== undefined && own !== api)) return false;
  const known = Object.entries(verbs).filter(([resource]) => resource.startsWith(`${own}.`));
  if (known.length === 0) return true;
  const [, resource = '', verb = ''] = /^(.+)\.([^.]+)$/.exec(permission) ?? [];
  return known.some(([name, its]) => name === resource && its.split(' ').includes(verb));
}
