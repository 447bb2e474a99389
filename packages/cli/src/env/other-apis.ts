/** The APIs whose addresses gcloud 528 lets its users set, but for those that are played: names of its properties. */
const NAMES = `
  accessapproval accesscontextmanager ai aiplatform alloydb anthosevents anthospolicycontrollerstatus_pa apigateway
  apigee apihub apikeys appconfigmanager appengine apphub artifactregistry assuredworkloads auditmanager authztoolkit
  backupdr baremetalsolution batch beyondcorp bigquery bigquerymigration bigtableadmin binaryauthorization
  categorymanager certificatemanager cloudaicompanion cloudasset cloudbuild cloudcommerceconsumerprocurement
  clouddebugger clouddeploy clouderrorreporting cloudfunctions cloudidentity cloudkms cloudlocationfinder
  cloudnumberregistry cloudquotas cloudresourcesearch cloudshell cloudtrace composer compute
  config configdelivery connectgateway container containeranalysis datacatalog dataflow datafusion datamigration
  datapipelines dataplex datapol dataproc dataprocgdc datastore datastream deploymentmanager designcenter
  developerconnect discovery dns domains edgecontainer edgenetwork eventarcpublishing faultinjectiontesting
  file firebasedataconnect firestore geminicloudassist genomics gkebackup gkehub gkemulticloud gkeonprem
  gkerecommender healthcare iap ids krmapihosting kubernetespolicy language lifesciences logging looker lustre
  managedflink managedidentities managedkafka manager marketplacesolutions mediaasset memcache memorystore
  messagestreams metastore ml modelarmor monitoring netapp networkconnectivity networkmanagement networksecurity
  networkservices notebooks observability ondemandscanning oracledatabase orglifecycle orgpolicy osconfig oslogin
  parallelstore parametermanager policyanalyzer policysimulator policytroubleshooter privateca privilegedaccessmanager
  publicca pubsublite recaptchaenterprise recommender redis remotebuildexecution replicapoolupdater runapps
  runtimeconfig saasservicemgmt sasportal sddc seclm secretmanager securesourcemanager securitycenter
  securitycentermanagement securityposture servicedirectory servicemanagement serviceregistry source sourcerepo
  spanner speech sql storage storagebatchoperations storageinsights stream telcoautomation testing toolresults tpu
  transcoder transfer transferappliance vision vmmigration vmwareengine vpcaccess workflowexecutions workflows
  workloadcertificate workstations
`;

/** Where the host name of an API is another than gcloud's name for it. */
const hosts: Readonly<Record<string, string>> = { sql: 'sqladmin' };

/**
 * Addresses of the APIs that are not played, by gcloud's names for them. By http their requests reach the emulator through
 * the proxy, which says that they are not played; for https gcloud would ask for a tunnel, and crash when there is none.
 */
export const otherApis: Readonly<Record<string, string>> = Object.fromEntries(
  NAMES.trim()
    .split(/\s+/)
    .map((name) => [name, `http://${hosts[name] ?? name.replaceAll('_', '-')}.googleapis.com/`]),
);
