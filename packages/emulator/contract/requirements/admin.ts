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
    behaviour: 'the region is in the host name, also of an absolute-form request; another region’s is refused',
    source: GCLOUD,
    mark: 'C',
  },
  'run:lists': {
    behaviour: 'lists are Knative lists with their metadata, revisions newest first and by label',
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
    differs: 'it is gone at once: whoever tears down and starts again here would wait for 30 days',
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
  'project:billing': {
    behaviour:
      'the project’s billing information names no account and says that billing is off, to who may see the project',
    source: 'https://docs.cloud.google.com/billing/docs/reference/rest/v1/projects/getBillingInfo',
    mark: 'D',
  },
  'api:json-types': {
    behaviour: 'Google’s APIs read JSON whatever JSON-like type is said: text/json stands in Google’s own page',
    source: sources.S2S,
    mark: 'D',
  },
  'api:http-1.0': {
    behaviour: 'generateIdToken as the user’s page asks for it: text/json; charset=utf-8 over HTTP/1.0',
    source: sources.S2S,
    mark: 'D',
  },
  'admin:fuzz': {
    behaviour: 'whatever is sent to an admin API, its answer is an error in Google’s shape or a success, never a 5xx',
    source: `${AIPS}/193`,
    mark: 'M',
  },
  'policy:concurrent': {
    behaviour: 'of two writers that read the same policy one is refused; with retries nobody’s binding is lost',
    source: sources.RUN_POLICY,
    mark: 'D',
  },
} as const satisfies Requirements;
