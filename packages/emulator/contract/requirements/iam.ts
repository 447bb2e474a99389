import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

export const iam = {
  'iam:roles': {
    behaviour: 'run.invoker, run.servicesInvoker, run.admin, run.developer, editor and owner hold run.routes.invoke',
    source: 'https://docs.cloud.google.com/run/docs/reference/iam/roles',
    mark: 'D',
  },
  'iam:inherited': { behaviour: 'a binding on the project counts for its services', source: sources.ACCESS, mark: 'D' },
  'iam:members': {
    behaviour:
      'allUsers, allAuthenticatedUsers, user, serviceAccount, group, domain and deleted members mean whom Google means',
    source: 'https://docs.cloud.google.com/iam/docs/principals-overview',
    mark: 'C',
  },
  'iam:kubernetes': {
    behaviour: 'serviceAccount:PROJECT.svc.id.goog[NAMESPACE/NAME], a Kubernetes service account, stands in policies',
    source: 'https://docs.cloud.google.com/kubernetes-engine/docs/how-to/workload-identity',
    mark: 'D',
  },
  'iam:domain-scoped': {
    behaviour: 'in a project example.com:app e-mails of accounts end in @app.example.com.iam.gserviceaccount.com',
    source: 'kubeflow/pipelines issue 2244, google/clusterfuzz issue 538',
    mark: 'R',
  },
  'iam:conditions': {
    behaviour: 'a binding with a condition counts only where its CEL expression holds',
    source: 'https://docs.cloud.google.com/iam/docs/conditions-attribute-reference',
    mark: 'R',
  },
  'iam:never-set': {
    behaviour: 'a policy never set has the etag ACAB; a stale etag is ABORTED with Google’s text',
    source: 'https://docs.cloud.google.com/iam/docs/reference/rest/v1/Policy',
    mark: 'R',
  },
  'iam:propagation': {
    behaviour: 'a change of a policy counts minutes later (off by default; an option says how long)',
    source: 'https://docs.cloud.google.com/iam/docs/access-change-propagation',
    mark: 'D',
  },
  'policy:services': {
    behaviour: 'get, set and test of a service’s policy under v1 and v2; get by GET and POST; the gate follows',
    source: sources.RUN_POLICY,
    mark: 'C',
  },
  'policy:accounts': {
    behaviour: 'service accounts have policies, under their project and under -',
    source: sources.RUN_POLICY,
    mark: 'C',
  },
  'policy:project': {
    behaviour: 'the project has a policy, by its id and its number',
    source: sources.RUN_POLICY,
    mark: 'C',
  },
  'policy:empty': {
    behaviour: 'a policy that was never set is its etag alone, ACAB; one that was emptied has its version, too',
    source: sources.RUN_POLICY,
    mark: 'R',
  },
  'policy:conflict': {
    behaviour: 'a stale etag is 409 ABORTED with Google’s text; none overwrites; conditions need version 3',
    source: sources.RUN_POLICY,
    mark: 'R',
  },
  'policy:invalid': {
    behaviour: 'unknown members, accounts, roles and conditions are 400 INVALID_ARGUMENT; unknown resources 404',
    source: sources.RUN_POLICY,
    mark: 'M',
  },
  'policy:permission': {
    behaviour: 'without a token 401, without the permission 403 that names it; a service cannot grant itself anything',
    source: sources.ACCESS,
    mark: 'D',
  },
  'policy:test': {
    behaviour: 'testIamPermissions gives the subset that the caller has',
    source: sources.RUN_POLICY,
    mark: 'C',
  },
  'policy:test-unknown': {
    behaviour: 'testIamPermissions for a permission that there is not, or not on such a resource, is 400',
    source: 'https://docs.cloud.google.com/iam/docs/testing-permissions',
    mark: 'R',
  },
  'policy:test-missing': {
    behaviour: 'testIamPermissions for a service or account that does not exist: 200 with what is held on the project',
    source: 'Google Cloud SDK serverless_operations.py, which asks it for the name none',
    mark: 'C',
  },
  'policy:requested-version': {
    behaviour: 'without asking for version 3 a caller sees bindings with conditions under another name, as version 1',
    source: 'https://docs.cloud.google.com/iam/docs/policies#versions',
    mark: 'C',
  },
  'policy:version-1-drops': {
    behaviour: 'version 1 without an etag overwrites conditions; with the etag it is refused',
    source: 'https://docs.cloud.google.com/iam/docs/policies#versions',
    mark: 'C',
  },
  'policy:update-mask': {
    behaviour: 'updateMask is bindings,etag unless it says otherwise; without bindings they stay',
    source: sources.RUN_POLICY,
    mark: 'C',
  },
  'policy:limits': {
    behaviour: '1,500 principals and 250 groups at most',
    source: 'https://docs.cloud.google.com/iam/quotas',
    mark: 'C',
  },
  'policy:etag': {
    behaviour: 'an etag is base64 and changes with each write',
    source: 'https://docs.cloud.google.com/iam/docs/reference/rest/v1/Policy',
    mark: 'C',
  },
  'policy:public-blocked': {
    behaviour: 'domain-restricted sharing refuses allUsers with 400 FAILED_PRECONDITION; off unless set',
    source: 'googlecodelabs/feedback issue 1587',
    mark: 'R',
  },
  'policy:unknown-role': {
    behaviour: 'a role that Google does not have: 400',
    source: sources.RUN_POLICY,
    mark: 'M',
  },
  'policy:unknown-user': {
    behaviour: 'a user that does not exist: 400',
    source: sources.RUN_POLICY,
    mark: 'M',
    differs: 'there is no list of Google’s users here: any e-mail is somebody',
  },
  'iam:users': {
    behaviour: 'user:EMAIL and domain:NAME mean people by the token that gcloud gives them',
    source: 'https://docs.cloud.google.com/iam/docs/principals-overview',
    mark: 'C',
  },
  'iam:groups': {
    behaviour: 'a group means its members, and the members of groups in it',
    source: 'https://docs.cloud.google.com/iam/docs/principals-overview',
    mark: 'C',
  },
  'iam:condition-attributes': {
    behaviour: 'request.path, request.time, resource.name, resource.type and resource.service can be looked at',
    source: 'https://docs.cloud.google.com/iam/docs/conditions-attribute-reference',
    mark: 'R',
  },
  'iam:unknown-attribute': {
    behaviour: 'a condition on any other attribute, request.host for one, is refused when it is written',
    source: 'https://docs.cloud.google.com/iam/docs/conditions-attribute-reference',
    mark: 'U',
  },
} as const satisfies Requirements;
