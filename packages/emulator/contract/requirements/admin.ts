import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

const RUN_V1 = 'https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.services';
const RUN_V2 = 'https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services';
const GCLOUD = 'requests and expectations of the real gcloud 528';
const SERVICE_ACCOUNTS = 'https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts';
const KEYS = 'https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys';
const POOLS = 'https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools';
const USAGE = 'https://docs.cloud.google.com/service-usage/docs/reference/rest/v1/services';
const AIPS = 'https://google.aip.dev';

export const admin = {
  'run:create': {
    behaviour: 'a created service is first not ready, with its generation observed, then ready, and its gate serves it',
    source: RUN_V1,
    mark: 'D',
  },
  'run:defaults': {
    behaviour:
      'a bare service is completed: account, concurrency 80, timeout 300 s, port 8080, all traffic to the latest',
    source: RUN_V1,
    mark: 'D',
  },
  'run:urls': {
    behaviour: 'a service has its deterministic run.app URL before and after it is deployed',
    source: 'https://docs.cloud.google.com/run/docs/triggering/https-request',
    mark: 'D',
  },
  'run:exists': { behaviour: 'creating what is there is 409 ALREADY_EXISTS', source: GCLOUD, mark: 'C' },
  'run:not-found': {
    behaviour: 'what is not there is 404 NOT_FOUND, by name, kind and region',
    source: GCLOUD,
    mark: 'C',
  },
  'run:invalid': {
    behaviour: 'a service that cannot be is 400 INVALID_ARGUMENT, and nothing is changed',
    source: RUN_V1,
    mark: 'D',
  },
  'run:revision': {
    behaviour: 'a changed template is a new revision, which takes the traffic; a changed setting is not',
    source: RUN_V1,
    mark: 'D',
  },
  'run:failed-revision': {
    behaviour: 'a revision that does not come up leaves Ready=False with a message, and the one before goes on serving',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'run:conflict': {
    behaviour: 'a replacement of a version that is not the newest is 409 ABORTED',
    source: 'Conflict for resource: public reports',
    mark: 'R',
  },
  'run:traffic': {
    behaviour:
      'requests are split by percent, a tag’s host reaches its revision, and an older revision can be gone back to',
    source: 'https://docs.cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration',
    mark: 'D',
  },
  'run:delete': {
    behaviour: 'a deleted service is 404 at once, at the API and at its gate, and its policy is gone with it',
    source: RUN_V1,
    mark: 'D',
  },
  'run:act-as': {
    behaviour: 'who deploys must hold iam.serviceAccounts.actAs on the account; an unknown account is the same 403',
    source: 'https://docs.cloud.google.com/run/docs/reference/iam/permissions',
    mark: 'D',
  },
  'run:settings': {
    behaviour:
      'ingress, custom audiences, no invoker check, concurrency and timeout of a deployed service count at its gate',
    source: RUN_V1,
    mark: 'D',
  },
  'run:region': {
    behaviour:
      'the region is in the host name, also of an absolute-form request; one that Google does not have is refused',
    source: GCLOUD,
    mark: 'C',
  },
  'run:regions': {
    behaviour:
      'each region has services of its own, with their URLs, policies and audiences; `-` stands for all of them',
    source: 'https://docs.cloud.google.com/run/docs/multiple-regions',
    mark: 'D',
  },
  'run:lists': {
    behaviour: 'lists are Knative lists with their metadata, revisions newest first and by label',
    source: GCLOUD,
    mark: 'C',
  },
  'run:regional': {
    behaviour: 'services by the region in the path are the same as by the region in the host name, at every method',
    source: 'https://docs.cloud.google.com/run/docs/reference/rest/v1/projects.locations.services',
    mark: 'D',
  },
  'run:dry-run': {
    behaviour: 'dryRun=all answers what would be, or refuses what would be refused, and changes nothing',
    source: `${RUN_V1}/replaceService`,
    mark: 'D',
  },
  'run:revision-delete': {
    behaviour: 'a revision that may be asked or is the newest cannot be deleted; any other is gone at once',
    source: 'https://docs.cloud.google.com/run/docs/managing/revisions#delete_revisions',
    mark: 'D',
  },
  'run:parts': {
    behaviour: 'a service has a configuration and a route of its name, with its revisions and its traffic',
    source: 'https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.configurations',
    mark: 'D',
  },
  'run:pages': {
    behaviour: 'lists come in pages by limit and continue, each thing once; a bad token or limit is 400',
    source: `${RUN_V1}/list`,
    mark: 'D',
  },
  'run:selectors': {
    behaviour: 'labels are selected by equality, in a set or not, and by being there',
    source: `${RUN_V1}/list`,
    mark: 'D',
  },
  'run:absent': {
    behaviour: 'jobs, worker pools, domain mappings and authorized domains are listed where there are none',
    source: 'https://docs.cloud.google.com/run/docs/reference/rest',
    mark: 'D',
  },
  'run:violations': {
    behaviour: 'what is wrong is named by its path in v1, in the message and as a field violation',
    source: 'https://github.com/terraform-google-modules/terraform-docs-samples/pull/171, which quotes an answer',
    mark: 'R',
  },
  'run:terraform': {
    behaviour: 'the requests of google_cloud_run_service and its IAM resources have the answers that they wait for',
    source: 'terraform-provider-google, resource_cloud_run_service.go and iam_cloud_run_service.go',
    mark: 'C',
  },
  'run:gcloud-deploy': {
    behaviour: 'the requests of gcloud run deploy for a new service that says nothing of who may call it',
    source: GCLOUD,
    mark: 'C',
  },
  'run:api-off': {
    behaviour: 'an API that is not enabled is 403 SERVICE_DISABLED with the address that enables it',
    source: USAGE,
    mark: 'R',
  },
  'run:permissions': {
    behaviour: 'without a role every method is 403, without a token 401',
    source: 'https://docs.cloud.google.com/run/docs/reference/iam/permissions',
    mark: 'D',
  },
  'v2:faces': {
    behaviour: 'v1 and v2 show the same service, whichever made it, and lose nothing of it',
    source: RUN_V2,
    mark: 'D',
  },
  'v2:operation': {
    behaviour:
      'create, patch and delete answer an operation that ends with the service or with its failure; it can be waited for',
    source: `${AIPS}/151`,
    mark: 'D',
  },
  'v2:mask': {
    behaviour: 'a patch changes what its mask names, in either spelling, and without one everything',
    source: `${AIPS}/161`,
    mark: 'D',
  },
  'v2:validate-only': {
    behaviour: 'validateOnly refuses what would be refused and changes nothing',
    source: RUN_V2,
    mark: 'D',
  },
  'v2:force-revision': {
    behaviour: 'forceNewRevision makes a revision also where the template is as it was',
    source: `${RUN_V2}/patch`,
    mark: 'D',
  },
  'v2:revision-delete': {
    behaviour: 'deleting a revision is an operation of its type; one that serves or is the newest stays',
    source: `${RUN_V2}.revisions/delete`,
    mark: 'D',
  },
  'v2:mask-paths': {
    behaviour:
      'a mask of an unknown path, or through a list, is 400 and nothing is changed; output-only fields are no matter',
    source: `${AIPS}/161`,
    mark: 'D',
  },
  'v2:violations': {
    behaviour: 'what is wrong is named by its path in the request of v2, in the message and as a field violation',
    source: 'https://github.com/GoogleCloudPlatform/magic-modules/pull/10173, which quotes an answer',
    mark: 'R',
  },
  'v2:terraform': {
    behaviour: 'the requests of google_cloud_run_v2_service and its IAM resources have the answers that they wait for',
    source: 'terraform-provider-google, resource_cloud_run_v2_service.go and iam_cloud_run_v2_service.go',
    mark: 'C',
  },
  'v2:rest-clients': {
    behaviour: 'client libraries over REST send $alt, enums as numbers and 64-bit numbers as texts',
    source: 'google-cloud-run for Python 0.10 and @google-cloud/run 4.2 over REST',
    mark: 'C',
  },
  'v2:allow-missing': { behaviour: 'allowMissing creates what is not there', source: RUN_V2, mark: 'D' },
  'v2:etag': {
    behaviour: 'an etag that is not the newest is 409 ABORTED, at patch and delete',
    source: `${AIPS}/154`,
    mark: 'D',
  },
  'v2:enums': { behaviour: 'enums come as names or as numbers', source: '@google-cloud/run 4.2 over REST', mark: 'C' },
  'v2:invalid': {
    behaviour: 'unknown fields, wrong types and reserved annotations are 400 INVALID_ARGUMENT',
    source: RUN_V2,
    mark: 'D',
  },
  'v2:pages': { behaviour: 'lists come in pages', source: `${AIPS}/158`, mark: 'D' },
  'account:create': {
    behaviour: 'a new account has no role; a second one of its id is 409, a bad id 400',
    source: SERVICE_ACCOUNTS,
    mark: 'D',
  },
  'account:read': {
    behaviour: 'accounts are found by e-mail and unique id, under the project’s id, number and "-"',
    source: SERVICE_ACCOUNTS,
    mark: 'D',
  },
  'account:delete': {
    behaviour:
      'a deleted account is nobody: its tokens, keys and roles are worth nothing, also when its id is made anew',
    source: 'https://docs.cloud.google.com/iam/docs/service-accounts-delete-undelete',
    mark: 'D',
  },
  'account:keys': {
    behaviour: 'a key file signs its account in until the key is deleted; at most ten of them',
    source: KEYS,
    mark: 'D',
  },
  'pool:provider': {
    behaviour: 'a provider that was made is trusted from then on, until it, or its pool, is disabled or deleted',
    source: POOLS,
    mark: 'D',
  },
  'pool:deleted': {
    behaviour: 'a deleted pool or provider is DELETED for 30 days, and its id cannot be used again until then',
    source: 'https://docs.cloud.google.com/iam/docs/manage-workload-identity-pools-providers',
    mark: 'D',
  },
  'pool:invalid': {
    behaviour: 'bad ids, issuers, mappings, conditions and keys are 400, what is taken 409',
    source: POOLS,
    mark: 'D',
  },
  'usage:enable': {
    behaviour: 'APIs are enabled one by one and in batches, listed, and disabled',
    source: USAGE,
    mark: 'D',
  },
  'project:describe': {
    behaviour: 'the project is described in v1 and v3, by id and number; another one is 403',
    source: 'https://docs.cloud.google.com/resource-manager/reference/rest/v1/projects/get',
    mark: 'D',
  },
  'project:ancestry': {
    behaviour: 'a project’s ancestors are itself alone, to who may see it: there is no folder and no organisation',
    source: 'https://docs.cloud.google.com/resource-manager/reference/rest/v1/projects/getAncestry',
    mark: 'D',
  },
  'project:billing': {
    behaviour:
      'the project’s billing information names no account and says that billing is off, to who may see the project',
    source: 'https://docs.cloud.google.com/billing/docs/reference/rest/v1/projects/getBillingInfo',
    mark: 'D',
  },
  'api:query': {
    behaviour:
      'a query parameter that a method has not is 400, in either spelling those that it has are taken, and so are those of all APIs',
    source: sources.SYSTEM_PARAMETERS,
    mark: 'R',
  },
  'api:query-types': {
    behaviour: 'flags and numbers of a query are read as such, or 400; what may not repeat and does is 400',
    source: 'https://github.com/googleapis/googleapis/blob/master/google/api/http.proto',
    mark: 'R',
  },
  'api:fields': {
    behaviour:
      'a field mask leaves what it names in an answer, by query or header; what is no mask is 400 and nothing is done',
    source: sources.SYSTEM_PARAMETERS,
    mark: 'D',
  },
  'api:not-emulated': {
    behaviour: 'what Google has and is not played here says so, 501 UNIMPLEMENTED; what Google has not is 404',
    source: `${AIPS}/193`,
    mark: 'D',
  },
  'api:table': {
    behaviour: 'docs/reference/google-apis.md names every method of the APIs that are played here, emulated or not',
    source: 'the discovery documents of the APIs',
    mark: 'D',
  },
  'api:json-types': {
    behaviour: 'Google’s APIs read JSON whatever JSON-like type is said: text/json stands in Google’s own page',
    source: sources.S2S,
    mark: 'D',
  },
  'api:method-override': {
    behaviour: 'POST with X-HTTP-Method-Override is the method that it names: PATCH as Java’s libraries send it',
    source:
      'https://docs.cloud.google.com/java/docs/reference/google-api-client/latest/com.google.api.client.googleapis.MethodOverride',
    mark: 'D',
  },
  'api:long-query': {
    behaviour: 'a query too long for an address is the form of a POST that means GET',
    source:
      'https://docs.cloud.google.com/java/docs/reference/google-api-client/latest/com.google.api.client.googleapis.MethodOverride',
    mark: 'D',
  },
  'api:gzip': {
    behaviour: 'bodies packed by gzip are read, as google-api-java-client sends them unless told not to',
    source: 'AbstractGoogleClientRequest.setDisableGZipContent of google-api-java-client',
    mark: 'C',
  },
  'api:proto-names': {
    behaviour:
      'bodies may name their fields as the proto does (account_id) or in lowerCamelCase; the keys of maps stay',
    source: 'https://protobuf.dev/programming-guides/json/',
    mark: 'D',
  },
  'api:http-1.0': {
    behaviour: 'generateIdToken as the user’s page asks for it: text/json; charset=utf-8 over HTTP/1.0',
    source: sources.S2S,
    mark: 'D',
  },
  'admin:fuzz': {
    behaviour:
      'whatever is sent to an admin API, its answer is an error in Google’s shape or a success, never a 5xx but 501 for what is not emulated',
    source: `${AIPS}/193`,
    mark: 'M',
  },
  'policy:concurrent': {
    behaviour: 'of two writers that read the same policy one is refused; with retries nobody’s binding is lost',
    source: sources.RUN_POLICY,
    mark: 'D',
  },
} as const satisfies Requirements;
