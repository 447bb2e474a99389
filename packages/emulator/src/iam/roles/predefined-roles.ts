import { type Permission, permissions } from './permissions.ts';

/** @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/organizations.roles#Role.RoleLaunchStage */
export type Stage = 'ALPHA' | 'BETA' | 'GA' | 'DEPRECATED' | 'DISABLED' | 'EAP';

/** A role that Google defines, with the permissions of it that can count here. */
export interface PredefinedRole {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly stage: Stage;
  readonly permissions: ReadonlySet<Permission>;
}

type Row = readonly [name: string, title: string, description: string, permissions: string, stage?: Stage];

const SEES_PROJECTS = 'resourcemanager.projects.get resourcemanager.projects.list';
const SEES_PROJECT =
  'resourcemanager.projects.get serviceusage.quotas.get serviceusage.services.get serviceusage.services.list';
const READS = '*.get *.list *.getIamPolicy *.listEffectiveTags *.listTagBindings';
const NO_POLICY_NOR_TAGS = '-*.setIamPolicy -*.createTagBinding -*.deleteTagBinding';
/** Whoever owns a project may be its accounts by deploying as them, and by no token. */
const NO_TOKENS =
  '-iam.serviceAccounts.getAccessToken -iam.serviceAccounts.getOpenIdToken -iam.serviceAccounts.signBlob -iam.serviceAccounts.signJwt -iam.serviceAccounts.implicitDelegation';
const NOT_ABOVE = '-resourcemanager.folders.* -resourcemanager.organizations.* -resourcemanager.projects.create';
const RUN_READS =
  'run.*.get run.*.list run.*.getIamPolicy run.*.listEffectiveTags run.*.listTagBindings -run.instances.*';
const SOURCE_ONLY = '-run.*.sshRead -run.*.sshRoot -run.instances.* -run.workerpools.* -run.prompts.*';

/**
 * What each role is good for. A pattern takes in what it matches, one that begins with `-` leaves it out again; what a role
 * allows in APIs that are not played here is not listed.
 * @see https://docs.cloud.google.com/iam/docs/roles-overview#basic
 * @see https://docs.cloud.google.com/run/docs/reference/iam/roles
 * @see https://docs.cloud.google.com/iam/docs/roles-permissions/iam
 * @see https://docs.cloud.google.com/iam/docs/service-account-permissions
 */
const rows: readonly Row[] = [
  ['roles/owner', 'Owner', 'Full access to most Google Cloud resources.', `* ${NO_TOKENS} ${NOT_ABOVE}`],
  [
    'roles/editor',
    'Editor',
    'View, create, update, and delete most Google Cloud resources.',
    `* ${NO_TOKENS} ${NOT_ABOVE} ${NO_POLICY_NOR_TAGS} -iam.serviceAccounts.undelete -iam.roles.* -iam.workloadIdentityPool* -resourcemanager.* iam.roles.get iam.roles.list iam.workloadIdentityPool*.get iam.workloadIdentityPool*.list ${SEES_PROJECTS} resourcemanager.projects.getIamPolicy`,
  ],
  ['roles/viewer', 'Viewer', 'View most Google Cloud resources.', `${READS} ${NOT_ABOVE}`],
  [
    'roles/browser',
    'Browser',
    'Access to browse GCP resources.',
    `resourcemanager.folders.* resourcemanager.organizations.get ${SEES_PROJECTS} resourcemanager.projects.getIamPolicy`,
  ],

  [
    'roles/run.admin',
    'Cloud Run Admin',
    'Full control over all Cloud Run resources.',
    `run.* recommender.* ${SEES_PROJECTS}`,
  ],
  ['roles/run.builder', 'Cloud Run Builder', 'Can build Cloud Run functions and source deployed services.', ''],
  [
    'roles/run.developer',
    'Cloud Run Developer',
    'Read and write access to all Cloud Run resources.',
    `run.* ${NO_POLICY_NOR_TAGS} recommender.* ${SEES_PROJECTS}`,
  ],
  [
    'roles/run.invoker',
    'Cloud Run Invoker',
    'Can invoke Cloud Run services and execute Cloud Run jobs.',
    'run.jobs.run run.routes.invoke',
  ],
  [
    'roles/run.jobsExecutor',
    'Cloud Run Jobs Executor',
    'Can execute and cancel Cloud Run jobs.',
    'run.executions.cancel run.jobs.run',
  ],
  [
    'roles/run.jobsExecutorWithOverrides',
    'Cloud Run Jobs Executor With Overrides',
    'Can execute and cancel Cloud Run jobs with overrides.',
    'run.executions.cancel run.jobs.run run.jobs.runWithOverrides',
  ],
  [
    'roles/run.serviceAgent',
    'Cloud Run Service Agent',
    'Gives Cloud Run service account access to managed resources.',
    'run.routes.invoke iam.serviceAccounts.getAccessToken iam.serviceAccounts.getOpenIdToken iam.serviceAccounts.signBlob',
  ],
  ['roles/run.servicesInvoker', 'Cloud Run Service Invoker', 'Can invoke Cloud Run services.', 'run.routes.invoke'],
  [
    'roles/run.sourceDeveloper',
    'Cloud Run Source Developer',
    'Deploy and manage Cloud Run source deployed resources.',
    `run.* ${NO_POLICY_NOR_TAGS} ${SOURCE_ONLY} recommender.* ${SEES_PROJECTS} serviceusage.quotas.get serviceusage.services.get serviceusage.services.list`,
    'BETA',
  ],
  [
    'roles/run.sourceViewer',
    'Cloud Run Source Viewer',
    'View Cloud Run source deployed resources.',
    `${RUN_READS} ${SOURCE_ONLY} ${SEES_PROJECTS}`,
    'BETA',
  ],
  [
    'roles/run.viewer',
    'Cloud Run Viewer',
    'Can view the state of all Cloud Run resources, including IAM policies.',
    `${RUN_READS} recommender.*.get recommender.*.list ${SEES_PROJECTS}`,
  ],

  [
    'roles/iam.securityAdmin',
    'Security Admin',
    'Security admin role, with permissions to get and set any IAM policy.',
    '*.list *.getIamPolicy *.setIamPolicy iam.roles.get -resourcemanager.folders.*',
  ],
  [
    'roles/iam.securityReviewer',
    'Security Reviewer',
    'Security reviewer role, with permissions to get any IAM policy.',
    '*.list *.getIamPolicy iam.roles.get -resourcemanager.folders.*',
  ],
  [
    'roles/iam.roleAdmin',
    'Role Administrator',
    'Access to administer all custom roles in the project.',
    'iam.roles.* resourcemanager.projects.get resourcemanager.projects.getIamPolicy',
  ],
  [
    'roles/iam.roleViewer',
    'Role Viewer',
    'Read access to all custom roles in the project.',
    'iam.roles.get iam.roles.list resourcemanager.projects.get resourcemanager.projects.getIamPolicy',
  ],
  [
    'roles/iam.serviceAccountAdmin',
    'Service Account Admin',
    'Create and manage service accounts.',
    `iam.serviceAccountApiKeyBindings.* iam.serviceAccounts.* ${NO_TOKENS} -iam.serviceAccounts.actAs ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.serviceAccountApiKeyBindingAdmin',
    'Service Account API Key Binding Admin',
    'Access to manage API keys that are bound to service accounts.',
    'iam.serviceAccountApiKeyBindings.*',
  ],
  [
    'roles/iam.serviceAccountCreator',
    'Create Service Accounts',
    'Access to create service accounts.',
    `iam.serviceAccounts.create iam.serviceAccounts.get iam.serviceAccounts.list ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.serviceAccountDeleter',
    'Delete Service Accounts',
    'Access to delete service accounts.',
    `iam.serviceAccounts.delete iam.serviceAccounts.get iam.serviceAccounts.list ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.serviceAccountKeyAdmin',
    'Service Account Key Admin',
    'Create and manage (and rotate) service account keys.',
    `iam.serviceAccountKeys.* iam.serviceAccounts.get iam.serviceAccounts.list ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.serviceAccountOpenIdTokenCreator',
    'Service Account OpenID Connect Identity Token Creator',
    'Create OpenID Connect (OIDC) identity tokens',
    'iam.serviceAccounts.getOpenIdToken',
  ],
  [
    'roles/iam.serviceAccountTokenCreator',
    'Service Account Token Creator',
    'Impersonate service accounts (create OAuth2 access tokens, sign blobs or JWTs, etc).',
    `iam.serviceAccounts.get iam.serviceAccounts.getAccessToken iam.serviceAccounts.getOpenIdToken iam.serviceAccounts.implicitDelegation iam.serviceAccounts.list iam.serviceAccounts.signBlob iam.serviceAccounts.signJwt ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.serviceAccountUser',
    'Service Account User',
    'Run operations as the service account.',
    `iam.serviceAccounts.actAs iam.serviceAccounts.get iam.serviceAccounts.list ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.serviceAccountViewer',
    'View Service Accounts',
    'Read access to service accounts, metadata, and keys.',
    `iam.serviceAccountKeys.get iam.serviceAccountKeys.list iam.serviceAccounts.get iam.serviceAccounts.getIamPolicy iam.serviceAccounts.list ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.workloadIdentityPoolAdmin',
    'IAM Workload Identity Pool Admin',
    'Full rights to create and manage workload identity pools.',
    `iam.workloadIdentityPool* ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.workloadIdentityPoolViewer',
    'IAM Workload Identity Pool Viewer',
    'Read access to workload identity pools.',
    `iam.workloadIdentityPool*.get iam.workloadIdentityPool*.list ${SEES_PROJECTS}`,
  ],
  [
    'roles/iam.workloadIdentityUser',
    'Workload Identity User',
    'Impersonate service accounts from federated workloads.',
    'iam.serviceAccounts.get iam.serviceAccounts.getAccessToken iam.serviceAccounts.getOpenIdToken iam.serviceAccounts.list',
  ],
  ...['denyAdmin', 'denyReviewer', 'oauthClientAdmin', 'oauthClientViewer', 'operationViewer'].map(elsewhere('iam')),
  ...['organizationRoleAdmin', 'organizationRoleViewer'].map(elsewhere('iam')),
  ...['principalAccessBoundaryAdmin', 'principalAccessBoundaryUser', 'principalAccessBoundaryViewer'].map(
    elsewhere('iam'),
  ),
  ...['workforcePoolAdmin', 'workforcePoolEditor', 'workforcePoolViewer'].map(elsewhere('iam')),

  [
    'roles/pubsub.admin',
    'Pub/Sub Admin',
    'Full access to topics, subscriptions, and snapshots.',
    `pubsub.* ${SEES_PROJECT}`,
  ],
  [
    'roles/pubsub.editor',
    'Pub/Sub Editor',
    'Modify topics and subscriptions, publish and consume messages.',
    `pubsub.* -*.getIamPolicy -*.setIamPolicy ${SEES_PROJECT}`,
  ],
  ['roles/pubsub.publisher', 'Pub/Sub Publisher', 'Publish messages to a topic.', 'pubsub.topics.publish'],
  [
    'roles/pubsub.subscriber',
    'Pub/Sub Subscriber',
    'Consume messages from a subscription, attach subscriptions to a topic, and seek to a snapshot.',
    'pubsub.subscriptions.consume pubsub.topics.attachSubscription',
  ],
  [
    'roles/pubsub.viewer',
    'Pub/Sub Viewer',
    'View topics, subscriptions, and snapshots.',
    `pubsub.*.get pubsub.*.list ${SEES_PROJECT}`,
  ],

  ['roles/cloudtasks.admin', 'Cloud Tasks Admin', 'Full access to queues and tasks.', `cloudtasks.* ${SEES_PROJECTS}`],
  [
    'roles/cloudtasks.enqueuer',
    'Cloud Tasks Enqueuer',
    'Access to create tasks.',
    `cloudtasks.tasks.create cloudtasks.tasks.fullView ${SEES_PROJECTS}`,
  ],
  [
    'roles/cloudtasks.queueAdmin',
    'Cloud Tasks Queue Admin',
    'Admin access to queues.',
    `cloudtasks.locations.* cloudtasks.queues.* ${SEES_PROJECTS}`,
  ],
  [
    'roles/cloudtasks.taskDeleter',
    'Cloud Tasks Task Deleter',
    'Access to delete tasks.',
    `cloudtasks.tasks.delete ${SEES_PROJECTS}`,
  ],
  [
    'roles/cloudtasks.taskRunner',
    'Cloud Tasks Task Runner',
    'Access to run tasks.',
    `cloudtasks.tasks.fullView cloudtasks.tasks.run ${SEES_PROJECTS}`,
  ],
  [
    'roles/cloudtasks.viewer',
    'Cloud Tasks Viewer',
    'Get and list access to tasks, queues, and locations.',
    `cloudtasks.locations.* cloudtasks.queues.get cloudtasks.queues.list cloudtasks.tasks.get cloudtasks.tasks.list cloudtasks.tasks.fullView ${SEES_PROJECTS}`,
  ],

  [
    'roles/cloudscheduler.admin',
    'Cloud Scheduler Admin',
    'Full access to jobs and executions.',
    `cloudscheduler.* ${SEES_PROJECTS}`,
  ],
  [
    'roles/cloudscheduler.jobRunner',
    'Cloud Scheduler Job Runner',
    'Access to run jobs.',
    `cloudscheduler.jobs.fullView cloudscheduler.jobs.run ${SEES_PROJECTS}`,
  ],
  [
    'roles/cloudscheduler.viewer',
    'Cloud Scheduler Viewer',
    'Get and list access to jobs, executions, and locations.',
    `cloudscheduler.jobs.fullView cloudscheduler.jobs.get cloudscheduler.jobs.list cloudscheduler.locations.* ${SEES_PROJECTS}`,
  ],

  [
    'roles/eventarc.admin',
    'Eventarc Admin',
    'Full control over all Eventarc resources.',
    `eventarc.* ${SEES_PROJECTS}`,
  ],
  [
    'roles/eventarc.developer',
    'Eventarc Developer',
    'Access to read and write Eventarc resources.',
    `eventarc.locations.* eventarc.operations.* eventarc.triggers.* -*.setIamPolicy ${SEES_PROJECTS}`,
  ],
  [
    'roles/eventarc.eventReceiver',
    'Eventarc Event Receiver',
    'Can receive events from all event providers.',
    'eventarc.events.*',
  ],
  [
    'roles/eventarc.viewer',
    'Eventarc Viewer',
    'Can view the state of all Eventarc resources, including IAM policies.',
    `eventarc.locations.* eventarc.operations.get eventarc.operations.list eventarc.triggers.get eventarc.triggers.getIamPolicy eventarc.triggers.list ${SEES_PROJECTS}`,
  ],

  [
    'roles/resourcemanager.projectIamAdmin',
    'Project IAM Admin',
    'Access and administer a project IAM policies.',
    'resourcemanager.projects.get resourcemanager.projects.getIamPolicy resourcemanager.projects.setIamPolicy',
  ],
  [
    'roles/resourcemanager.projectDeleter',
    'Project Deleter',
    'Access to delete GCP projects.',
    'resourcemanager.projects.delete',
  ],
  [
    'roles/resourcemanager.projectMover',
    'Project Mover',
    'Access to update and move projects.',
    'resourcemanager.projects.get resourcemanager.projects.move resourcemanager.projects.update',
  ],
  ...['folderAdmin', 'folderCreator', 'folderEditor', 'folderIamAdmin', 'folderMover', 'folderViewer'].map(
    elsewhere('resourcemanager'),
  ),
  ...['lienModifier', 'organizationAdmin', 'organizationCreator', 'organizationViewer', 'projectCreator'].map(
    elsewhere('resourcemanager'),
  ),
  ...['tagAdmin', 'tagHoldAdmin', 'tagUser', 'tagViewer'].map(elsewhere('resourcemanager')),

  [
    'roles/serviceusage.serviceUsageAdmin',
    'Service Usage Admin',
    'Ability to enable, disable, and inspect service states, inspect operations, and consume quota and billing for a consumer project.',
    'serviceusage.* monitoring.timeSeries.list',
  ],
  [
    'roles/serviceusage.serviceUsageConsumer',
    'Service Usage Consumer',
    'Ability to inspect service states and operations, and consume quota and billing for a consumer project.',
    'serviceusage.*.get serviceusage.*.list serviceusage.services.use monitoring.timeSeries.list',
  ],
  [
    'roles/serviceusage.serviceUsageViewer',
    'Service Usage Viewer',
    'Ability to inspect service states and operations for a consumer project.',
    'serviceusage.*.get serviceusage.*.list monitoring.timeSeries.list',
  ],
  ...['apiKeysAdmin', 'apiKeysViewer'].map(elsewhere('serviceusage')),
];

/** A role that is good for nothing that is played here. */
function elsewhere(service: string): (name: string) => Row {
  return (name) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter}`);
    return [`roles/${service}.${name}`, words.replace(/^./, (letter) => letter.toUpperCase()), '', ''];
  };
}

function matching(patterns: string): ReadonlySet<Permission> {
  const held = new Set<Permission>();
  for (const pattern of patterns.split(' ').filter((word) => word !== '')) {
    const out = pattern.startsWith('-');
    const form = new RegExp(
      `^${pattern
        .slice(out ? 1 : 0)
        .replaceAll('.', '\\.')
        .replaceAll('*', '.*')}$`,
    );
    for (const permission of permissions.filter((one) => form.test(one)))
      if (out) held.delete(permission);
      else held.add(permission);
  }
  return held;
}

/** Google's roles by name, in the order of their names. */
export const predefinedRoles: ReadonlyMap<string, PredefinedRole> = new Map(
  rows
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, title, description, patterns, stage = 'GA']) => [
      name,
      { name, title, description, stage, permissions: matching(patterns) },
    ]),
);
