/** Where facts come from, beside the addresses that only one fact names. */
export const sources = {
  S2S: 'https://docs.cloud.google.com/run/docs/authenticating/service-to-service',
  TROUBLE: 'https://docs.cloud.google.com/run/docs/troubleshooting',
  CONTRACT: 'https://docs.cloud.google.com/run/docs/container-contract',
  HEALTH: 'https://docs.cloud.google.com/run/docs/configuring/healthchecks',
  METADATA: 'https://docs.cloud.google.com/compute/docs/metadata/querying-metadata',
  AUDIENCES: 'https://docs.cloud.google.com/run/docs/configuring/custom-audiences',
  ACCESS: 'https://docs.cloud.google.com/run/docs/securing/managing-access',
  CLIENTS: 'google-auth-library (Node 11.3, Python, Java) sources',
  STS: 'https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token',
  IAM_CREDENTIALS: 'https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts',
  QUOTAS: 'https://docs.cloud.google.com/run/quotas',
  SYSTEM_PARAMETERS: 'https://docs.cloud.google.com/apis/docs/system-parameters',
  HTTP: 'RFC 9110 and RFC 9112',
  RUN_POLICY: 'https://docs.cloud.google.com/run/docs/reference/rest/v1/projects.locations.services/setIamPolicy',
  TRANSCRIPT: 'captured answers of the real service, collected from public reports',
} as const;
