/** How sure a fact is: documented, read in client code, reported or measured by users, from memory, unsure. */
export type Mark = 'D' | 'C' | 'R' | 'M' | 'U';

export interface Requirement {
  readonly behaviour: string;
  readonly source: string;
  readonly mark: Mark;
}

const S2S = 'https://docs.cloud.google.com/run/docs/authenticating/service-to-service';
const TROUBLE = 'https://docs.cloud.google.com/run/docs/troubleshooting';
const CONTRACT = 'https://docs.cloud.google.com/run/docs/container-contract';
const METADATA = 'https://docs.cloud.google.com/compute/docs/metadata/querying-metadata';
const AUDIENCES = 'https://docs.cloud.google.com/run/docs/configuring/custom-audiences';
const ACCESS = 'https://docs.cloud.google.com/run/docs/securing/managing-access';
const CLIENTS = 'google-auth-library (Node 11.3, Python, Java) sources';
const STS = 'https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token';
const IAM_CREDENTIALS = 'https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts';
const QUOTAS = 'https://docs.cloud.google.com/run/quotas';
const HTTP = 'RFC 9110 and RFC 9112';
const RUN_POLICY = 'https://docs.cloud.google.com/run/docs/reference/rest/v1/projects.locations.services/setIamPolicy';
const TRANSCRIPT = 'captured answers of the real service, collected from public reports';

/** Facts about Google's side that the emulator must show. Each is cited by at least one test. */
export const requirements = {
  'metadata:flavor-header': {
    behaviour: 'every answer, errors too, carries Metadata-Flavor: Google',
    source: CLIENTS,
    mark: 'C',
  },
  'metadata:server-header': { behaviour: 'Server is "Metadata Server for Serverless"', source: TRANSCRIPT, mark: 'R' },
  'metadata:flavor-required': {
    behaviour: 'without Metadata-Flavor: Google the answer is a 403 page',
    source: METADATA,
    mark: 'D',
  },
  'metadata:root-free': {
    behaviour: 'the root answers 200 without the header, as clients ping it',
    source: CLIENTS,
    mark: 'C',
  },
  'metadata:forwarded-refused': {
    behaviour: 'a request with X-Forwarded-For is refused with 403',
    source: METADATA,
    mark: 'D',
  },
  'metadata:unknown-path': { behaviour: 'an unknown path is 404', source: METADATA, mark: 'D' },
  'metadata:directory-redirect': {
    behaviour: 'a directory without its slash is 301 to the same path with it',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'metadata:listing': { behaviour: 'a directory lists its entries, folders with a slash', source: METADATA, mark: 'D' },
  'metadata:recursive': {
    behaviour: 'recursive=true gives JSON with camelCase names and without tokens',
    source: METADATA,
    mark: 'D',
  },
  'metadata:alt': {
    behaviour: 'alt=json gives a leaf as JSON: text quoted, lists as arrays; alt=text as it is',
    source: METADATA,
    mark: 'D',
  },
  'metadata:tree': {
    behaviour: 'project, region, zone, id and service account are where Cloud Run has them',
    source: CONTRACT,
    mark: 'D',
  },
  'metadata:recursive-text': {
    behaviour: 'recursive=true&alt=text lists "path value" lines',
    source: METADATA,
    mark: 'D',
  },
  'metadata:etag': {
    behaviour: 'leaves and directories carry an ETag of 16 hex digits',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'metadata:token-scopes': {
    behaviour: 'the token endpoint takes scopes, comma-separated, as Cloud Run does and GCE does not',
    source: 'Google Cloud SDK compute_engine/credentials.py',
    mark: 'C',
  },
  'metadata:access-token': {
    behaviour: 'token gives access_token, expires_in and token_type as JSON, the same token until it turns over',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'metadata:identity-audience': {
    behaviour: 'identity without an audience is 400 "non-empty audience parameter required"',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'metadata:identity-unencoded': {
    behaviour: 'the audience may stand unencoded in the query, as Node writes it',
    source: CLIENTS,
    mark: 'C',
  },
  'metadata:self-only': {
    behaviour: 'a caller gets its own identity and no other account answers',
    source: CONTRACT,
    mark: 'D',
  },
  'token:header': { behaviour: 'ID tokens are RS256 with a 40-digit kid and typ JWT', source: TRANSCRIPT, mark: 'D' },
  'token:claims': {
    behaviour: 'aud, azp, email, email_verified, exp, iat, iss, sub; one hour; azp and sub are the unique id',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'token:jwks': {
    behaviour: 'the JWK set verifies what the metadata server signed, and is cacheable',
    source: 'https://www.googleapis.com/oauth2/v3/certs',
    mark: 'C',
  },
  'token:pem-certs': {
    behaviour: 'the same keys as self-signed X.509 certificates by key id, cacheable alike, for Node and Python',
    source: 'https://www.googleapis.com/oauth2/v1/certs',
    mark: 'C',
  },
  'exchange:id-token': {
    behaviour: 'a self-signed assertion with target_audience gives an id_token alone, azp the e-mail',
    source: CLIENTS,
    mark: 'C',
  },
  'exchange:access-token': {
    behaviour: 'an assertion with scope gives access_token, expires_in 3599 and token_type',
    source: CLIENTS,
    mark: 'C',
  },
  'exchange:audience': {
    behaviour:
      'the assertion is for Google’s token URL or the address it was sent to; another is "Failed audience check."',
    source: 'googleapis/google-cloud-python issue 15228',
    mark: 'R',
  },
  'exchange:short-lived': {
    behaviour: 'an assertion of more than an hour, or out of its time, is refused',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'exchange:signature': {
    behaviour: 'another key, an unknown key or another account: invalid_grant',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'exchange:refresh': {
    behaviour: 'a user’s refresh token gives an access token and an ID token for gcloud’s client id, whatever is asked',
    source: 'Google Cloud SDK core/config.py',
    mark: 'C',
  },
  'sts:exchange': {
    behaviour: 'a provider’s subject token gives a federated access token, form or JSON',
    source: STS,
    mark: 'C',
  },
  'sts:audience-form': {
    behaviour: 'an audience that is no provider name: invalid_request with Google’s text',
    source: STS,
    mark: 'R',
  },
  'sts:unknown-provider': {
    behaviour: 'an unknown provider: invalid_target with Google’s text',
    source: STS,
    mark: 'R',
  },
  'sts:subject-token': {
    behaviour: 'a subject token that is stale, for another audience, of another issuer or forged: invalid_grant',
    source: STS,
    mark: 'R',
  },
  'credentials:id-token': {
    behaviour:
      'generateIdToken gives aud, azp, exp, iat, iss, sub; e-mail claims with includeEmail; azp the e-mail with useEmailAzp',
    source: IAM_CREDENTIALS,
    mark: 'R',
  },
  'credentials:access-token': {
    behaviour: 'generateAccessToken gives accessToken and expireTime, for an hour at most',
    source: IAM_CREDENTIALS,
    mark: 'C',
  },
  'credentials:permission': {
    behaviour:
      'each method needs its permission on the account, on itself too; else 403 PERMISSION_DENIED that names it',
    source: IAM_CREDENTIALS,
    mark: 'R',
  },
  'credentials:delegation': {
    behaviour: 'each link of a chain of delegates needs implicitDelegation',
    source: IAM_CREDENTIALS,
    mark: 'D',
  },
  'credentials:errors': {
    behaviour: 'no or bad bearer 401, unknown account 404, empty audience or scope 400, as JSON errors',
    source: IAM_CREDENTIALS,
    mark: 'R',
  },
  'iam:roles': {
    behaviour: 'run.invoker, run.servicesInvoker, run.admin, editor and owner hold run.routes.invoke',
    source: ACCESS,
    mark: 'D',
  },
  'iam:inherited': { behaviour: 'a binding on the project counts for its services', source: ACCESS, mark: 'D' },
  'iam:members': {
    behaviour:
      'allUsers, allAuthenticatedUsers, user, serviceAccount, group, domain and deleted members mean whom Google means',
    source: 'https://docs.cloud.google.com/iam/docs/principals-overview',
    mark: 'C',
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
  'token:rotation': {
    behaviour: 'two keys are published at once; a rotated key stays published while its tokens live',
    source: CLIENTS,
    mark: 'M',
  },
  'iam:propagation': {
    behaviour: 'a change of a policy counts minutes later (off by default; an option says how long)',
    source: 'https://docs.cloud.google.com/iam/docs/access-change-propagation',
    mark: 'D',
  },
  'policy:services': {
    behaviour: 'get, set and test of a service’s policy under v1 and v2; get by GET and POST; the gate follows',
    source: RUN_POLICY,
    mark: 'C',
  },
  'policy:accounts': {
    behaviour: 'service accounts have policies, under their project and under -',
    source: RUN_POLICY,
    mark: 'C',
  },
  'policy:project': { behaviour: 'the project has a policy, by its id and its number', source: RUN_POLICY, mark: 'C' },
  'policy:empty': {
    behaviour: 'a policy without bindings is its etag alone; never set it is ACAB',
    source: RUN_POLICY,
    mark: 'R',
  },
  'policy:conflict': {
    behaviour: 'a stale etag is 409 ABORTED with Google’s text; none overwrites; conditions need version 3',
    source: RUN_POLICY,
    mark: 'R',
  },
  'policy:invalid': {
    behaviour: 'unknown members, accounts, roles and conditions are 400 INVALID_ARGUMENT; unknown resources 404',
    source: RUN_POLICY,
    mark: 'M',
  },
  'policy:permission': {
    behaviour: 'without a token 401, without the permission 403 that names it; a service cannot grant itself anything',
    source: ACCESS,
    mark: 'D',
  },
  'policy:test': {
    behaviour: 'testIamPermissions gives the subset that the caller has',
    source: RUN_POLICY,
    mark: 'C',
  },
  'gate:authorization': {
    behaviour: 'Authorization: Bearer ID_TOKEN of an invoker is let through, scheme in any case',
    source: S2S,
    mark: 'D',
  },
  'gate:serverless-first': {
    behaviour: 'with both headers only X-Serverless-Authorization is checked, and there is no way back',
    source: S2S,
    mark: 'D',
  },
  'gate:authorization-passes': {
    behaviour: 'with X-Serverless-Authorization the caller’s Authorization reaches the container unchanged',
    source: S2S,
    mark: 'D',
  },
  'gate:signature-removed': {
    behaviour: 'the consumed token reaches the container with its third segment replaced',
    source: TROUBLE,
    mark: 'D',
  },
  'gate:public-serverless-stripped': {
    behaviour: 'on a public service X-Serverless-Authorization is stripped too, unchecked',
    source: S2S,
    mark: 'D',
  },
  'gate:public-authorization-kept': {
    behaviour: 'on a public service any Authorization reaches the container untouched',
    source: 'GoogleCloudPlatform/python-docs-samples run/service-auth',
    mark: 'R',
  },
  'gate:no-token': {
    behaviour: 'no token: 403 with Google’s page and no WWW-Authenticate',
    source: TROUBLE,
    mark: 'D',
  },
  'gate:not-an-invoker': { behaviour: 'a good token without run.routes.invoke: 403', source: ACCESS, mark: 'D' },
  'gate:invalid-token': {
    behaviour: 'malformed, foreign, expired, wrongly signed tokens: 401 with Google’s page and WWW-Authenticate',
    source: TROUBLE,
    mark: 'D',
  },
  'gate:access-token': { behaviour: 'an OAuth access token: 401', source: TRANSCRIPT, mark: 'R' },
  'gate:not-bearer': { behaviour: 'another scheme: 401', source: TROUBLE, mark: 'D' },
  'gate:several-tokens': {
    behaviour: 'two tokens in a header or several such headers: 401',
    source: TROUBLE,
    mark: 'D',
  },
  'gate:audience-urls': {
    behaviour: 'both run.app URLs and the slash and path forms are accepted as audience',
    source: S2S,
    mark: 'R',
  },
  'gate:audience-refused': {
    behaviour: 'another audience, a query, a fragment, a host without scheme: 401',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'gate:audience-custom': { behaviour: 'a custom audience matches byte for byte', source: AUDIENCES, mark: 'D' },
  'gate:unknown-host': { behaviour: 'an unknown run.app host: 404 page', source: TROUBLE, mark: 'D' },
  'gate:healthz': {
    behaviour: '/healthz is answered by Google with 404; /healthz/ and /readyz are forwarded',
    source: 'https://docs.cloud.google.com/run/docs/known-issues',
    mark: 'R',
  },
  'gate:headers-added': {
    behaviour: 'x-forwarded-for, x-forwarded-proto, forwarded, traceparent and x-cloud-trace-context are added',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'gate:headers-removed': {
    behaviour: 'hop-by-hop and X-Google-* headers do not reach the container',
    source: 'https://docs.cloud.google.com/functions/docs/reference/headers',
    mark: 'D',
  },
  'gate:cookie-private': {
    behaviour: 'an answer with Set-Cookie gets Cache-Control: private',
    source: TROUBLE,
    mark: 'D',
  },
  'gate:authorization-switch': {
    behaviour: 'whether Authorization loses its signature on a private service is a setting; reports differ',
    source: TROUBLE,
    mark: 'U',
  },
  'gate:headers-kept': {
    behaviour: 'the caller’s other headers reach the container as they were sent',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'gate:answer-headers': {
    behaviour: 'answers carry "server: Google Frontend" and no hop-by-hop headers of the container',
    source: TRANSCRIPT,
    mark: 'R',
  },
  'gate:absolute-form': {
    behaviour: 'a request target in absolute form is understood',
    source: 'RFC 9112 section 3.2.2',
    mark: 'D',
  },
  'gate:malformed-request': {
    behaviour: 'several hosts, no path, CONNECT: 4xx before anything is decided',
    source: 'RFC 9112 section 3.2',
    mark: 'D',
  },
  'gate:no-smuggling': {
    behaviour: 'ambiguous framing is refused with 4xx, and nothing hides in a body',
    source: 'RFC 9112 section 6.3',
    mark: 'D',
  },
  'gate:tag-host': {
    behaviour: 'TAG---HOST serves the service, with its base URL as audience',
    source: 'https://docs.cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration#tags',
    mark: 'R',
  },
  'gate:tag-audience': { behaviour: 'the URL of a tag as audience: 401', source: TRANSCRIPT, mark: 'R' },
  'gate:default-url-disabled': {
    behaviour: 'a disabled default URL: 404',
    source: TROUBLE,
    mark: 'D',
  },
  'gate:audience-host': {
    behaviour: 'a host that is not registered as custom audience is none, whatever Host says',
    source: 'GoogleCloudPlatform/cloud-networking-solutions pull request 78',
    mark: 'R',
  },
  'gate:gcloud-audience': {
    behaviour: 'a user’s token for gcloud’s client id is accepted, and user:EMAIL needs the role',
    source: 'googleapis/google-auth-library-java pull request 469',
    mark: 'R',
  },
  'gate:gcloud-audience-users': {
    behaviour: 'gcloud’s client ids are accepted for users alone; other client ids are 401',
    source: 'googleapis/google-auth-library-java pull request 469',
    mark: 'R',
  },
  'gate:ingress': {
    behaviour: 'what ingress does not allow is 404, before IAM',
    source: TROUBLE,
    mark: 'D',
  },
  'gate:ingress-internal': {
    behaviour: 'internal callers pass ingress and then meet IAM; here: service accounts of the project, named networks',
    source: 'https://docs.cloud.google.com/run/docs/securing/ingress',
    mark: 'D',
  },
  'gate:iam-disabled': {
    behaviour: 'with the invoker check off anybody comes in, whom ingress lets',
    source: ACCESS,
    mark: 'C',
  },
  'gate:order': { behaviour: 'host, then ingress, then IAM, then the container', source: TROUBLE, mark: 'M' },
  'gate:request-too-large': {
    behaviour: 'an HTTP/1 request body over the limit: 413 with Google’s page, chunked or not',
    source: 'ahmetoner/whisper-asr-webservice issue 143 (the page), https://docs.cloud.google.com/run/quotas',
    mark: 'R',
  },
  'gate:request-32-mib': { behaviour: 'the limit is 32 MiB both ways', source: QUOTAS, mark: 'D' },
  'gate:response-too-large': {
    behaviour: 'an answer over the limit that is not chunked: 500',
    source: 'simonw/datasette issue 749, https://docs.cloud.google.com/run/quotas',
    mark: 'R',
  },
  'gate:header-limit': { behaviour: 'headers over the limit: 431', source: 'RFC 6585 section 5', mark: 'U' },
  'gate:no-instance': {
    behaviour: 'concurrency x maxInstances busy beyond the queue wait: 429',
    source: TROUBLE,
    mark: 'D',
  },
  'gate:queue': { behaviour: 'requests wait for an instance, first come first served', source: CONTRACT, mark: 'D' },
  'gate:timeout': {
    behaviour: 'over the request timeout: 504 "upstream request timeout"',
    source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    mark: 'D',
  },
  'gate:slow-headers': { behaviour: 'a head that does not arrive in time: 408', source: HTTP, mark: 'U' },
  'gate:broken-answer': {
    behaviour: 'a container that dies in the middle of an answer is a broken transfer for the caller',
    source: HTTP,
    mark: 'D',
  },
  'gate:streaming': {
    behaviour: 'requests and answers stream both ways over HTTP/1.1',
    source: 'https://docs.cloud.google.com/run/docs/triggering/https-request',
    mark: 'D',
  },
  'gate:events': { behaviour: 'server-sent events are not held back', source: QUOTAS, mark: 'D' },
  'gate:trailers': {
    behaviour: 'trailers pass, but for those that frame, route or authorize',
    source: HTTP,
    mark: 'U',
  },
  'gate:continue': { behaviour: 'Expect: 100-continue is answered once the request may pass', source: HTTP, mark: 'U' },
  'gate:head': { behaviour: 'HEAD gets headers and no body', source: HTTP, mark: 'D' },
  'gate:bodiless': { behaviour: 'messages without a body stay without one', source: HTTP, mark: 'D' },
  'gate:pipelining': { behaviour: 'pipelined requests are answered in order', source: HTTP, mark: 'D' },
  'gate:keep-alive': { behaviour: 'connections are kept and used again', source: HTTP, mark: 'D' },
  'gate:early-answer': { behaviour: 'an answer that precedes the end of its request arrives', source: HTTP, mark: 'D' },
  'gate:caller-gone': {
    behaviour: 'the container sees a caller that goes away, at any time',
    source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    mark: 'M',
  },
  'gate:websocket': {
    behaviour: 'WebSockets pass with frames, pings and close codes; the request timeout holds for them',
    source: 'https://docs.cloud.google.com/run/docs/triggering/websockets',
    mark: 'D',
  },
  'gate:websocket-iam': {
    behaviour: 'a WebSocket meets the same rules as any request',
    source: 'https://docs.cloud.google.com/run/docs/triggering/websockets',
    mark: 'D',
  },
  'gate:websocket-many': {
    behaviour: '1,000 WebSockets at once',
    source: 'https://docs.cloud.google.com/run/docs/triggering/websockets',
    mark: 'D',
  },
  'gate:http2': {
    behaviour: 'the container is spoken to in h2c where the service asks for it, without size limits',
    source: 'https://docs.cloud.google.com/run/docs/configuring/http2',
    mark: 'D',
  },
  'gate:flat-memory': {
    behaviour: 'long streams pass without being kept',
    source: 'https://docs.cloud.google.com/run/docs/triggering/https-request',
    mark: 'D',
  },
  'gate:fuzz': {
    behaviour: 'random bytes at any port: no 5xx of its own, no crash, no leak',
    source: HTTP,
    mark: 'M',
  },
  'gate:unavailable': { behaviour: 'a container that is gone: 503', source: TROUBLE, mark: 'D' },
} as const satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof requirements;
