import { describe, expect, test } from 'vitest';
import { explainFailure } from './explain-failure.ts';
import type { FailureKind } from './gcloud-error.ts';

/** gcloud 528's own words, to Google's own answers. */
const token =
  'This command is authenticated with an access token from /home/ada/token specified by the [auth/access_token_file] property.';
const signIn =
  'Please run:\n\n  $ gcloud auth login\n\nto obtain new credentials.\n\nIf you have already logged in with a different account, run:\n\n  $ gcloud config set account ACCOUNT\n\nto select an already authenticated account to use.\n';
const crashed =
  'If you would like to report this issue, please run the following command:\n  gcloud feedback\n\nTo check gcloud for common problems, please run the following command:\n  gcloud info --run-diagnostics\n';
const at = ['--region=us-central1', '--project=demo'];
const list = ['run', 'services', 'list', ...at];
const deploy = ['run', 'deploy', 'login', '--image=x', ...at];
const grant = ['run', 'services', 'add-iam-policy-binding', 'login', '--member=allUsers', ...at];
const describeProject = ['projects', 'describe', 'demo', '--format=value(projectNumber)'];

const cases: readonly [name: string, kind: FailureKind, args: readonly string[], stderr: string, next: string][] = [
  [
    'nobody signed in',
    'not-signed-in',
    list,
    `ERROR: (gcloud.run.services.list) You do not currently have an active account selected.\n${signIn}`,
    'gcloud auth login',
  ],
  [
    'an expired sign-in',
    'not-signed-in',
    describeProject,
    `ERROR: (gcloud.projects.describe) There was a problem refreshing your current auth tokens: ('invalid_grant: Token has been expired or revoked.', {'error': 'invalid_grant', 'error_description': 'Token has been expired or revoked.'})\n${signIn}`,
    'gcloud auth login',
  ],
  [
    'a refused token',
    'not-signed-in',
    list,
    `ERROR: (gcloud.run.services.list) UNAUTHENTICATED: Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. ${token}`,
    'gcloud auth login',
  ],
  [
    'the network gone while a token is refreshed',
    'network',
    describeProject,
    `ERROR: (gcloud.projects.describe) There was a problem refreshing your current auth tokens: HTTPConnectionPool(host='oauth2.googleapis.com', port=443): Max retries exceeded with url: /token (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f62877879e0>: Failed to establish a new connection: [Errno 111] Connection refused'))\n${signIn}`,
    'gcloud info --run-diagnostics',
  ],
  [
    'the network gone on the way',
    'network',
    deploy,
    `ERROR: gcloud crashed (ConnectionError): HTTPConnectionPool(host='127.0.0.1', port=9): Max retries exceeded with url: /v1/projects/demo-x?alt=json (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f66bbbcf380>: Failed to establish a new connection: [Errno 111] Connection refused'))\n\n${crashed}`,
    'it goes on where it stopped',
  ],
  [
    'a region that is none',
    'wrong-region',
    ['run', 'services', 'list', '--region=nowhere-west9', '--project=demo'],
    `ERROR: gcloud crashed (ConnectionError): HTTPSConnectionPool(host='nowhere-west9-run.googleapis.com', port=443): Max retries exceeded with url: /apis/serving.knative.dev/v1/namespaces/demo-x/services?alt=json (Caused by NameResolutionError("<urllib3.connection.HTTPSConnection object at 0x7f1305a34290>: Failed to resolve 'nowhere-west9-run.googleapis.com' ([Errno -2] Name or service not known)"))\n\n${crashed}`,
    'gcloud run regions list --project=demo',
  ],
  [
    'no billing account',
    'billing-off',
    ['services', 'enable', 'run.googleapis.com', '--project=demo'],
    "ERROR: (gcloud.services.enable) FAILED_PRECONDITION: Billing account for project '123456789012' is not found. Billing must be enabled for activation of service(s) 'run.googleapis.com' to proceed.\nHelp Token: ARD_zUb\n",
    'gcloud billing projects link demo with --billing-account',
  ],
  [
    'an API that is off',
    'api-off',
    list,
    `ERROR: (gcloud.run.services.list) [None] does not have permission to access namespaces instance [demo] (or it may not exist): Cloud Run Admin API has not been used in project 123456789012 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=123456789012 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry. ${token}`,
    'gcloud services enable run.googleapis.com --project=demo',
  ],
  [
    'a missing permission',
    'no-permission',
    list,
    `ERROR: (gcloud.run.services.list) [None] does not have permission to access namespaces instance [demo] (or it may not exist): Permission 'run.services.list' denied on resource 'namespaces/demo/services' (or resource may not exist). ${token}`,
    'add-iam-policy-binding demo --role=roles/run.viewer,',
  ],
  [
    'a grant that may not be made',
    'no-permission',
    grant,
    `ERROR: (gcloud.run.services.add-iam-policy-binding) PERMISSION_DENIED: Permission 'run.services.setIamPolicy' denied on resource 'projects/demo/locations/us-central1/services/login' (or resource may not exist). ${token}`,
    '--role=roles/run.admin,',
  ],
  [
    'no right to run a service as the account',
    'no-permission',
    deploy,
    `ERROR: (gcloud.run.deploy) PERMISSION_DENIED: Permission 'iam.serviceaccounts.actAs' denied on service account login-run@demo.iam.gserviceaccount.com (or it may not exist). ${token}`,
    '--role=roles/iam.serviceAccountUser',
  ],
  [
    'accounts that may not be listed',
    'no-permission',
    ['iam', 'service-accounts', 'list', '--project=demo'],
    `ERROR: (gcloud.iam.service-accounts.list) [ada@example.com] does not have permission to access projects instance [demo] (or it may not exist): The caller does not have permission. ${token}`,
    'gcloud projects add-iam-policy-binding demo --role=roles/iam.serviceAccountViewer,',
  ],
  [
    'a folder whose policy may not be read',
    'no-permission',
    ['resource-manager', 'folders', 'get-iam-policy', '4711', '--format=json'],
    `ERROR: (gcloud.resource-manager.folders.get-iam-policy) [ada@example.com] does not have permission to access folders instance [4711] (or it may not exist): The caller does not have permission. ${token}`,
    'gcloud resource-manager folders add-iam-policy-binding 4711 --role=roles/iam.securityReviewer,',
  ],
  [
    'an organisation whose policy may not be read',
    'no-permission',
    ['organizations', 'get-iam-policy', '4711', '--format=json'],
    `ERROR: (gcloud.organizations.get-iam-policy) [ada@example.com] does not have permission to access organizations instance [4711] (or it may not exist): The caller does not have permission. ${token}`,
    'gcloud organizations add-iam-policy-binding 4711 --role=roles/iam.securityReviewer,',
  ],
  [
    'a project that is not there, or not to be seen',
    'no-project',
    describeProject,
    `ERROR: (gcloud.projects.describe) [ada@example.com] does not have permission to access projects instance [demo] (or it may not exist): The caller does not have permission. ${token}`,
    'gcloud projects list',
  ],
  [
    'no right to be the account',
    'may-not-impersonate',
    ['auth', 'print-identity-token', '--impersonate-service-account=login-run@demo.iam.gserviceaccount.com'],
    `WARNING: This command is using service account impersonation. All API calls will be executed as [login-run@demo.iam.gserviceaccount.com].\nERROR: (gcloud.auth.print-identity-token) PERMISSION_DENIED: Failed to impersonate [login-run@demo.iam.gserviceaccount.com]. Make sure the account that's trying to impersonate it has access to the service account itself and the "roles/iam.serviceAccountTokenCreator" role. Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist). ${token} Impersonation is used to impersonate login-run@demo.iam.gserviceaccount.com. `,
    'add-iam-policy-binding login-run@demo.iam.gserviceaccount.com --member="user:$(gcloud config get account)"',
  ],
  [
    'too many requests',
    'quota',
    grant,
    "ERROR: (gcloud.run.services.add-iam-policy-binding) RESOURCE_EXHAUSTED: Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per region' of service 'run.googleapis.com' for consumer 'project_number:123456789012'.",
    'https://console.cloud.google.com/iam-admin/quotas?project=demo',
  ],
  [
    'too many service accounts',
    'quota',
    ['iam', 'service-accounts', 'create', 'login-run', '--project=demo'],
    'ERROR: (gcloud.iam.service-accounts.create) RESOURCE_EXHAUSTED: Maximum number of service accounts on project reached.',
    'quotas?project=demo',
  ],
  [
    'more processors than a new project has',
    'quota',
    deploy,
    'ERROR: (gcloud.run.deploy) spec.template.metadata.annotations[autoscaling.knative.dev/maxScale]: Max instances must be set to 20 or fewer to set the requested total CPU.\n\nQuota violated:\nCpuAllocPerProjectRegion requested: 100000 allowed: 20000\n',
    'Lower maxInstances',
  ],
  [
    'builds refused in the region',
    'quota',
    ['builds', 'submit', '.', ...at],
    'ERROR: (gcloud.builds.submit) FAILED_PRECONDITION: failed precondition: due to quota restrictions, cannot run builds in this region. Please contact support',
    'quotas?project=demo',
  ],
  [
    'an account of the name',
    'name-taken',
    ['iam', 'service-accounts', 'create', 'login-run', '--project=demo'],
    'ERROR: (gcloud.iam.service-accounts.create) Resource in projects [demo] is the subject of a conflict: Service account login-run already exists within project projects/demo.',
    'another name in the declaration',
  ],
  [
    'a policy that changed meanwhile',
    'policy-changed',
    grant,
    'ERROR: (gcloud.run.services.add-iam-policy-binding) ABORTED: There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
    'again',
  ],
  [
    'an account that is new',
    'account-not-seen',
    grant,
    'ERROR: (gcloud.run.services.add-iam-policy-binding) INVALID_ARGUMENT: Service account login-run@demo.iam.gserviceaccount.com does not exist.',
    'gcloud iam service-accounts list --project=demo',
  ],
  [
    'an organisation that lets nobody in',
    'public-refused',
    grant,
    'ERROR: (gcloud.run.services.add-iam-policy-binding) FAILED_PRECONDITION: One or more users named in the policy do not belong to a permitted customer,  perhaps due to an organization policy.',
    '--public-access no-iam-check',
  ],
  [
    'no such image',
    'image-not-found',
    deploy,
    "ERROR: (gcloud.run.deploy) INVALID_ARGUMENT: Image 'us-central1-docker.pkg.dev/demo/run-edges/login:v1' not found.",
    '--image-prefix',
  ],
  [
    'a container that does not listen',
    'not-ready',
    deploy,
    "ERROR: (gcloud.run.deploy) Revision 'login-00001-abc' is not ready and cannot serve traffic. The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout.",
    "gcloud logging read 'resource.labels.service_name=login'",
  ],
  [
    'a service that is gone',
    'not-found',
    ['run', 'services', 'get-iam-policy', 'login', ...at],
    'ERROR: (gcloud.run.services.get-iam-policy) Cannot find service [login]',
    'run-edges verify --project demo',
  ],
];

describe('explainFailure', () => {
  test.each(cases)('%s', (_name, kind, args, stderr, next) => {
    const failure = explainFailure(stderr, args, 1);
    expect(failure.kind).toBe(kind);
    expect(failure.mend).toContain(next);
    for (const text of [failure.message, failure.mend]) {
      expect(text).not.toContain('undefined');
      expect(text).not.toContain('\n');
    }
  });

  test('every kind that gcloud can tell has a case', () => {
    const told = new Set(cases.map(([, kind]) => kind));
    const kinds: readonly FailureKind[] = [
      'not-signed-in',
      'no-project',
      'billing-off',
      'api-off',
      'no-permission',
      'may-not-impersonate',
      'wrong-region',
      'name-taken',
      'quota',
      'network',
      'policy-changed',
      'account-not-seen',
      'not-found',
      'public-refused',
      'image-not-found',
      'not-ready',
    ];
    expect(kinds.filter((kind) => !told.has(kind))).toEqual([]);
  });

  test('says in gcloud’s own words what it does not know', () => {
    expect(explainFailure('ERROR: (gcloud.run.deploy) argument --image: expected one argument\n', deploy, 2)).toEqual({
      kind: 'unknown',
      message: 'gcloud run deploy login failed: argument --image: expected one argument',
      mend: 'Run the same command again: what is done already is not done twice.',
    });
  });

  test('says what it was where gcloud said nothing', () => {
    expect(explainFailure('', deploy, 3).message).toBe('gcloud run deploy login failed: exit code 3');
    expect(explainFailure('', deploy, null).message).toBe('gcloud run deploy login failed: it took too long');
  });
});

const denied = "ERROR: Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource";
const identity = ['auth', 'print-identity-token', '--audiences=https://a.example'];

test('the project of an account is known by its address', () => {
  const args = [...identity, '--impersonate-service-account=login-run@demo-project.iam.gserviceaccount.com'];
  expect(explainFailure(denied, args, 1).mend).toContain('--project=demo-project;');
});

test('what is not known is found by the shell, and never a word that stands for it', () => {
  for (const [, , args, stderr] of cases)
    for (const given of [args, args.filter((arg) => !arg.startsWith('--project') && arg !== 'demo')]) {
      const { message, mend } = explainFailure(stderr, given, 1);
      expect(mend).not.toMatch(/the project|that was asked for|\b[A-Z]+_[A-Z]+\b/);
      expect(message).not.toContain('undefined');
    }
  const { mend } = explainFailure(denied, identity, 1);
  expect(mend).toContain('--project="$(gcloud config get project)"');
  expect(mend).toContain('add-iam-policy-binding "$(gcloud config get auth/impersonate_service_account)"');
});
