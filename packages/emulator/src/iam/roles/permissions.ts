import { ownEntry } from '../../internal/own-entry.ts';

/**
 * What can be done with what is played here, as Google's roles name it.
 * @see https://docs.cloud.google.com/iam/docs/roles-permissions
 */
const verbs = {
  'cloudscheduler.jobs': 'create delete enable fullView get list pause run update',
  'cloudscheduler.locations': 'get list',
  'cloudtasks.locations': 'get list',
  'cloudtasks.queues': 'create delete get getIamPolicy list pause purge resume setIamPolicy update',
  'cloudtasks.tasks': 'create delete fullView get list run',
  'eventarc.events': 'receiveAuditLogWritten receiveEvent',
  'eventarc.locations': 'get list',
  'eventarc.operations': 'cancel delete get list',
  'eventarc.triggers': 'create delete get getIamPolicy list setIamPolicy undelete update',
  'pubsub.subscriptions': 'consume create delete get getIamPolicy list setIamPolicy update',
  'pubsub.topics':
    'attachSubscription create delete detachSubscription get getIamPolicy list publish setIamPolicy update updateTag',
  'run.configurations': 'get list',
  'run.executions': 'cancel delete get list',
  'run.instances': 'create delete get getIamPolicy invoke list setIamPolicy sshRead sshRoot start stop update',
  'run.jobs':
    'create createTagBinding delete deleteTagBinding get getIamPolicy list listEffectiveTags listTagBindings run runWithOverrides setIamPolicy sshRead sshRoot update',
  'run.locations': 'get list',
  'run.operations': 'delete get list',
  'run.prompts': 'get',
  'run.revisions': 'delete get list',
  'run.routes': 'get invoke list',
  'run.services':
    'create createTagBinding delete deleteTagBinding get getIamPolicy list listEffectiveTags listTagBindings setIamPolicy sshRead sshRoot update',
  'run.tasks': 'get list',
  'run.workerpools': 'create delete get getIamPolicy list setIamPolicy sshRead sshRoot update',
  'iam.roles': 'create delete get list undelete update',
  'iam.serviceAccountApiKeyBindings': 'create delete undelete',
  'iam.serviceAccountKeys': 'create delete disable enable get list',
  'iam.serviceAccounts':
    'actAs create createTagBinding delete deleteTagBinding disable enable get getAccessToken getIamPolicy getOpenIdToken implicitDelegation list listEffectiveTags listTagBindings setIamPolicy signBlob signJwt undelete update',
  'iam.workloadIdentityPoolProviderKeys': 'create delete get list undelete',
  'iam.workloadIdentityPoolProviders': 'create delete get list undelete update',
  'iam.workloadIdentityPools': 'create delete get list undelete update',
  'monitoring.timeSeries': 'list',
  'recommender.locations': 'get list',
  'recommender.runServiceCostInsights': 'get list update',
  'recommender.runServiceCostRecommendations': 'get list update',
  'recommender.runServiceIdentityInsights': 'get list update',
  'recommender.runServiceIdentityRecommendations': 'get list update',
  'recommender.runServicePerformanceInsights': 'get list update',
  'recommender.runServicePerformanceRecommendations': 'get list update',
  'recommender.runServiceSecurityInsights': 'get list update',
  'recommender.runServiceSecurityRecommendations': 'get list update',
  'resourcemanager.folders': 'get list',
  'resourcemanager.organizations': 'get',
  'resourcemanager.projects':
    'create createBillingAssignment delete deleteBillingAssignment get getIamPolicy list move setIamPolicy undelete update updateLiens',
  'serviceusage.operations': 'cancel delete get list',
  'serviceusage.quotas': 'get update',
  'serviceusage.services': 'disable enable get list use',
} as const;

type Verbs = typeof verbs;
type Word<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Word<Rest> : Text;
/** A permission of an API that is played here. */
export type Permission = { [Kind in keyof Verbs]: `${Kind}.${Word<Verbs[Kind]>}` }[keyof Verbs];

export const permissions: readonly Permission[] = Object.entries(verbs).flatMap(([kind, words]) =>
  words.split(' ').map((verb) => `${kind}.${verb}` as Permission),
);
const known: ReadonlySet<string> = new Set(permissions);

/** What is granted above projects: projects have no use for it, nor have roles in them. */
const abovePermissions: ReadonlySet<string> = new Set([
  'resourcemanager.folders.get',
  'resourcemanager.folders.list',
  'resourcemanager.organizations.get',
  'resourcemanager.projects.create',
  'resourcemanager.projects.list',
]);

/** Roles name what is allowed with pools after the API's host. */
const HOST = 'iam.googleapis.com/';
const OF_POOLS = /^iam\.(?=workloadIdentityPool)/;

/** The permission by either of its names, or undefined where none of an API that is played here has it. */
export function permissionNamed(name: string): Permission | undefined {
  const short = name.startsWith(HOST) ? `iam.${name.slice(HOST.length)}` : name;
  return known.has(short) ? (short as Permission) : undefined;
}

/** The permission as roles list it. */
export function nameInRoles(permission: Permission): string {
  return permission.replace(OF_POOLS, HOST);
}

/** Whether it can be held on a project, or what is in one. */
export function isForProjects(permission: Permission): boolean {
  return !abovePermissions.has(permission);
}

/** `SERVICE.KIND.VERB` of an API of Google's that is not played here: there is no list of them here, so each is taken. */
const ELSEWHERE = /^(?:([a-z][a-z0-9-]*)(?:\.googleapis\.com)?)[./][A-Za-z]+\.[A-Za-z]+$/;

export function isElsewhere(name: string): boolean {
  const [, service = ''] = ELSEWHERE.exec(name) ?? [];
  return isOtherService(service);
}

/**
 * Whether Google would say if somebody holds this permission on a resource. What is below the project has permissions of
 * its own API alone; what is of an API that is not played here is held by nobody.
 * @param api whose the resource is: `run`, `iam`; undefined for the project
 * @see https://docs.cloud.google.com/iam/docs/testing-permissions
 */
export function isTestable(name: string, api: string | undefined): boolean {
  const permission = permissionNamed(name);
  if (permission === undefined) return api === undefined && isElsewhere(name);
  return isForProjects(permission) && (api === undefined || permission.startsWith(`${api}.`));
}

/** Whether Google has an API by this name, beside those that are played here. */
export function isOtherService(service: string): boolean {
  return ownEntry(others, service) === true;
}

/** Google's APIs that have roles, by what their roles and permissions begin with. */
const others: Readonly<Record<string, true>> = Object.fromEntries(
  `accessapproval accesscontextmanager advisorynotifications aiplatform alloydb analyticshub apigateway apigee apihub apikeys
  appengine apphub artifactregistry assuredworkloads auditmanager automl axt backupdr baremetalsolution batch beyondcorp
  biglake bigquery bigqueryconnection bigquerydatapolicy bigquerydatatransfer bigquerymigration bigtable billing
  binaryauthorization blockchainnodeengine certificatemanager chat chronicle clientauthconfig cloud cloudaicompanion cloudasset
  cloudbuild cloudconfig clouddebugger clouddeploy clouddeploymentmanager cloudfunctions cloudiot cloudjobdiscovery cloudkms
  cloudmigration cloudnotifications cloudoptimization cloudprivatecatalog cloudprofiler cloudquotas cloudscheduler
  cloudsecurityscanner cloudsql cloudsupport cloudtasks cloudtestservice cloudtoolresults cloudtrace cloudtranslate composer
  compute config connectors consumerprocurement contactcenterinsights container containeranalysis containersecurity
  containerthreatdetection databasecenter databaseinsights datacatalog dataconnectors dataflow dataform datafusion datalabeling
  datalineage datamigration datapipelines dataplex dataproc dataprocessing datastore datastream datastudio deploymentmanager
  developerconnect dialogflow discoveryengine dlp dns documentai domains earthengine edgecontainer edgenetwork endpoints
  endpointsportal errorreporting essentialcontacts eventarc eventarcpublishing file financialservices firebase
  firebaseanalytics firebaseappcheck firebaseappdistro firebaseapphosting firebaseauth firebasecrash firebasecrashlytics
  firebasedatabase firebasedataconnect firebasedynamiclinks firebaseextensions firebasehosting firebaseinappmessaging
  firebaseml firebasemods firebasenotifications firebaseperformance firebaserules firebasestorage firestore fleetengine
  gameservices gcp geminicloudassist genomics gkebackup gkehub gkemulticloud gkeonprem gsuiteaddons healthcare iap
  identityplatform identitytoolkit ids integrations kmsinventory krmapihosting kuberun lifesciences livestream logging looker
  managedidentities managedkafka marketplacesolutions mediaasset memcache memorystore meshconfig metastore migrationcenter ml
  modelarmor monitoring multiclusteringress netapp networkconnectivity networkmanagement networksecurity networkservices
  networktopology notebooks observability ondemandscanning oauthconfig opsconfigmonitoring oracledatabase orgpolicy osconfig
  parallelstore parametermanager paymentsresellersubscription policyanalyzer policyremediatormanager policysimulator
  privateca privilegedaccessmanager proximitybeacon pubsub pubsublite rapidmigrationassessment recaptchaenterprise
  recommendationengine recommender redis remotebuildexecution resourcesettings retail riskmanager routeoptimization
  runapps runtimeconfig secretmanager securedlandingzone securesourcemanager securitycenter securitycentermanagement
  securityposture servicebroker serviceconsumermanagement servicedirectory serviceextensions servicehealth servicemanagement
  servicenetworking servicesecurityinsights source spanner speakerid speech stackdriver storage storageinsights
  storagetransfer stream subscribewithgoogledeveloper telcoautomation threatdetection timeseriesinsights tpu trafficdirector
  transcoder transferappliance translationhub videostitcher visionai visualinspection vmmigration vmwareengine vpcaccess
  websecurityscanner workflows workloadcertificate workloadmanager workstations`
    .split(/\s+/)
    .map((service) => [service, true]),
);
