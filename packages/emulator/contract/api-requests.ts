import fc from 'fast-check';

/** A request that a client of Google's APIs might send, or nearly. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

const project = fc.constantFrom('run-edges-local', '100000000001', '-', 'another', '%', '..', '__proto__');
const region = fc.constantFrom('us-central1', '-', 'europe-west1', 'x');
const email = fc.constantFrom(
  ...['login', 'user-profiles', 'search', 'nobody'].map(
    (name) => `${name}-run@run-edges-local.iam.gserviceaccount.com`,
  ),
  'stranger@run-edges-local.iam.gserviceaccount.com',
  '-',
  '100000000000000000000',
);
const service = fc.constantFrom('login', 'user-profiles', 'search', 'nobody', 'constructor', '', 'a'.repeat(70));
const verb = fc.constantFrom(
  '',
  ':getIamPolicy',
  ':setIamPolicy',
  ':testIamPermissions',
  ':generateIdToken',
  ':generateAccessToken',
  ':signBlob',
  ':signJwt',
  ':disable',
  ':publish',
  ':run',
  ':pause',
  ':modifyPushConfig',
  ':nonsense',
  ':',
  '/keys',
);
const query = fc.constantFrom(
  '',
  '?options.requestedPolicyVersion=3',
  '?options.requestedPolicyVersion=x',
  '?dryRun=all',
  '?limit=-1&labelSelector=a%3Db',
  '?watch=true&pageSize=1&pageToken=x',
  '?a=1&a=2',
);

const path = fc
  .tuple(
    fc.oneof(
      fc
        .tuple(fc.constantFrom('v1', 'v2', 'v3'), project, region, service, verb)
        .map(([version, id, at, name, end]) => `/${version}/projects/${id}/locations/${at}/services/${name}${end}`),
      fc.tuple(project, email, verb).map(([id, name, end]) => `/v1/projects/${id}/serviceAccounts/${name}${end}`),
      fc.tuple(project, verb).map(([id, end]) => `/v1/projects/${id}${end}`),
      fc
        .tuple(fc.constantFrom('services', 'revisions', 'configurations', 'routes'), project, service)
        .map(([kind, id, name]) => `/apis/serving.knative.dev/v1/namespaces/${id}/${kind}/${name}`),
      fc
        .tuple(fc.constantFrom('services', 'revisions'), project)
        .map(([kind, id]) => `/apis/serving.knative.dev/v1/namespaces/${id}/${kind}`),
      project.map((id) => `/v1/projects/${id}/services:batchEnable`),
      fc
        .tuple(fc.constantFrom('topics', 'subscriptions'), project, service, verb)
        .map(([kind, id, name, end]) => `/v1/projects/${id}/${kind}/${name}${end}`),
      fc
        .tuple(
          fc.constantFrom('v1', 'v2'),
          fc.constantFrom('queues', 'jobs', 'triggers'),
          project,
          region,
          service,
          verb,
        )
        .map(
          ([version, kind, id, at, name, end]) => `/${version}/projects/${id}/locations/${at}/${kind}/${name}${end}`,
        ),
      fc
        .tuple(project, region, service, service)
        .map(([id, at, queue, name]) => `/v2/projects/${id}/locations/${at}/queues/${queue}/tasks/${name}`),
      fc.constantFrom(
        '/token',
        '/oauth2/v4/token',
        '/v1/token',
        '/oauth2/v1/certs',
        '/oauth2/v3/certs',
        '/v1/operations/x',
      ),
    ),
    query,
  )
  .map((parts) => parts.join(''));

const field = fc.constantFrom(
  ...[
    'policy',
    'bindings',
    'role',
    'members',
    'condition',
    'expression',
    'etag',
    'version',
    'updateMask',
    'permissions',
  ],
  ...['audience', 'includeEmail', 'delegates', 'scope', 'lifetime', 'options', 'accountId', 'serviceAccount', 'name'],
  ...['grant_type', 'assertion', 'subject_token', 'refresh_token', 'client_id', 'target_audience', 'grantType'],
  ...['apiVersion', 'kind', 'metadata', 'annotations', 'labels', 'spec', 'template', 'containers', 'image', 'traffic'],
  ...['topic', 'pushConfig', 'pushEndpoint', 'oidcToken', 'messages', 'data', 'attributes', 'filter', 'retryPolicy'],
  ...['task', 'httpRequest', 'url', 'headers', 'schedule', 'httpTarget', 'uri', 'eventFilters', 'destination'],
  ...['__proto__', 'constructor', 'toString'],
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 3, 1e300, '', 'a', 'true', '3600s', 'https://a.example'),
  fc.constantFrom(
    'roles/run.invoker',
    'allUsers',
    'user:ada@example.com',
    'request.path == "/x"',
    'Service',
    'serving.knative.dev/v1',
  ),
  fc.constantFrom(
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'refresh_token',
    'eyJhbGciOiJSUzI1NiJ9.e30.AA',
  ),
  email,
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const { value } = fc.letrec<{ value: unknown; list: unknown[]; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(field, tie('value'), { maxKeys: 5 }),
}));
const body = fc.oneof(
  { weight: 5, arbitrary: value.map((one) => JSON.stringify(one)) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(field, leaf), { maxLength: 5 })
      .map((pairs) => new URLSearchParams(pairs.map(([name, one]): [string, string] => [name, `${one}`])).toString()),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '{', '[]', '"', '{"__proto__":{"role":1}}', '\0') },
);

export const apiRequest: fc.Arbitrary<ApiRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  path,
  type: fc.constantFrom(
    'application/json',
    'application/json',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-8',
    'text/plain',
    'application/xml',
    '',
  ),
  body,
});

/** Sends it, as who has this token. */
export async function sendApiRequest(
  url: string,
  { method, path: target, type, body: sent }: ApiRequest,
  bearer: string,
): Promise<{ status: number; body: string }> {
  const bodiless = method === 'GET' || method === 'HEAD';
  const response = await fetch(`${url}${target}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
      ...(type === '' ? {} : { 'content-type': type }),
    },
    ...(bodiless ? {} : { body: Buffer.from(sent) }),
  });
  return { status: response.status, body: await response.text() };
}
