import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

const REST = 'https://docs.cloud.google.com/iam/docs/reference/rest/v1';
const ACCOUNTS = `${REST}/projects.serviceAccounts`;
const KEYS = `${ACCOUNTS}.keys`;
const POOLS = `${REST}/projects.locations.workloadIdentityPools`;
const USAGE = 'https://docs.cloud.google.com/service-usage/docs/reference/rest/v1/services';
const AIPS = 'https://google.aip.dev';
const CUSTOM = 'https://docs.cloud.google.com/iam/docs/creating-custom-roles';

export const iamAdmin = {
  'account:mask': {
    behaviour:
      'PATCH of an account changes what its mask names, clears what the mask names and the body leaves out, and nothing else; an unknown path is 400, an older etag 409 ABORTED',
    source: `${ACCOUNTS}/patch`,
    mark: 'D',
  },
  'account:put': {
    behaviour: 'PUT of an account changes its displayName alone',
    source: `${ACCOUNTS}/update`,
    mark: 'D',
  },
  'account:pages': {
    behaviour: 'accounts are listed in pages; a size or a token that is none is 400',
    source: `${AIPS}/158`,
    mark: 'D',
  },
  'account:disable': {
    behaviour:
      'a disabled account gets no tokens, its access tokens and key files are refused and so are its calls; enabled again, they are good again',
    source: `${ACCOUNTS}/disable`,
    mark: 'D',
  },
  'account:disabled-token': {
    behaviour: 'the token endpoint refuses a disabled account with invalid_grant, Robot is disabled.',
    source: 'googleapis/google-api-ruby-client issue 720',
    mark: 'R',
  },
  'account:undelete': {
    behaviour:
      'a deleted account comes back by its unique id within 30 days, with what it held, unless another has its name',
    source: 'https://docs.cloud.google.com/iam/docs/service-accounts-delete-undelete',
    mark: 'D',
  },
  'key:listed': {
    behaviour:
      'keys are listed with their times, the one that Google signs with among them as SYSTEM_MANAGED; keyTypes chooses',
    source: `${KEYS}/list`,
    mark: 'D',
  },
  'key:public': {
    behaviour: 'keys.get gives the public half as publicKeyType says: none, a certificate or the bare key, in PEM',
    source: `${KEYS}/get`,
    mark: 'D',
  },
  'key:disable': {
    behaviour: 'a disabled key signs nobody in until it is enabled again; Google’s own cannot be changed',
    source: `${KEYS}/disable`,
    mark: 'D',
  },
  'key:upload': {
    behaviour:
      'the certificate of a key pair of one’s own is a key of the account, USER_PROVIDED, for as long as it is valid',
    source: `${KEYS}/upload`,
    mark: 'D',
  },
  'key:certificates': {
    behaviour: 'the certificates and the JWK set of an account’s keys are public, by its e-mail',
    source: 'https://docs.cloud.google.com/iam/docs/service-account-creds#public-keys',
    mark: 'D',
  },
  'role:predefined': {
    behaviour: 'Google’s roles are listed in pages, without what they allow unless view=FULL, and described with it',
    source: `${REST}/roles`,
    mark: 'D',
  },
  'role:custom': {
    behaviour:
      'a custom role is made, changed by mask, deleted and undeleted; what it allows counts wherever it is granted',
    source: CUSTOM,
    mark: 'D',
  },
  'role:invalid': {
    behaviour:
      'bad ids, stages and permissions are 400, a taken id 409, and one that was deleted 400 FAILED_PRECONDITION',
    source: CUSTOM,
    mark: 'R',
  },
  'role:testable': {
    behaviour: 'queryTestablePermissions and queryGrantableRoles answer for the project, its accounts and its services',
    source: `${REST}/permissions/queryTestablePermissions`,
    mark: 'D',
  },
  'pool:undelete': {
    behaviour:
      'a deleted pool or provider is DELETED with its expireTime, listed with showDeleted alone, trusted by nobody, and can be undeleted',
    source: 'https://docs.cloud.google.com/iam/docs/manage-workload-identity-pools-providers',
    mark: 'D',
  },
  'pool:mode': {
    behaviour: 'a pool that is asked to be a trust domain is refused, as it would be no federation',
    source: POOLS,
    mark: 'D',
  },
  'pool:mask': {
    behaviour: 'PATCH of a pool or a provider changes what its mask names; an unknown path is 400',
    source: `${POOLS}/patch`,
    mark: 'D',
  },
  'pool:operation': {
    behaviour:
      'operations of pools and providers say the types of their metadata and response, and can be asked for again',
    source: `${AIPS}/151`,
    mark: 'D',
  },
  'usage:operation': {
    behaviour:
      'operations of Service Usage say the types of their metadata and response, as Java’s client library demands',
    source: USAGE,
    mark: 'C',
  },
  'usage:pages': { behaviour: 'services are listed by state and in pages', source: `${USAGE}/list`, mark: 'D' },
  'usage:disable': {
    behaviour: 'disabling a service that is not enabled is 400 FAILED_PRECONDITION',
    source: `${USAGE}/disable`,
    mark: 'D',
  },
  'credentials:lifetime': {
    behaviour: 'a lifetime of more than an hour is 400 with the constraint that would allow it',
    source: 'google-github-actions/auth issue 145',
    mark: 'R',
  },
  'sts:introspect': {
    behaviour: 'a federated token says whose it is until it ends; any other is not active',
    source: 'https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/v1/introspect',
    mark: 'D',
  },
  'policy:cleared': {
    behaviour: 'a policy that was emptied has its version beside its etag',
    source: sources.RUN_POLICY,
    mark: 'R',
  },
  'error:violations': {
    behaviour: 'what is wrong with a field stands in BadRequest.fieldViolations with its path',
    source: `${AIPS}/193`,
    mark: 'D',
  },
  'project:defaults': {
    behaviour: 'the default compute account of a new project holds nothing, or roles/editor as before May 2024',
    source: 'https://docs.cloud.google.com/resource-manager/docs/secure-by-default-organizations',
    mark: 'D',
  },
} as const satisfies Requirements;
