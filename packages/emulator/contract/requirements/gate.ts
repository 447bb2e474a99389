import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

export const gate = {
  'gate:authorization': {
    behaviour: 'Authorization: Bearer ID_TOKEN of an invoker is let through, scheme in any case',
    source: sources.S2S,
    mark: 'D',
  },
  'gate:serverless-first': {
    behaviour: 'with both headers only X-Serverless-Authorization is checked, and there is no way back',
    source: sources.S2S,
    mark: 'D',
  },
  'gate:authorization-passes': {
    behaviour: 'with X-Serverless-Authorization the caller’s Authorization reaches the container unchanged',
    source: sources.S2S,
    mark: 'D',
  },
  'gate:signature-removed': {
    behaviour: 'a token consumed in X-Serverless-Authorization reaches the container with its third segment replaced',
    source: sources.S2S,
    mark: 'D',
  },
  'gate:serverless-scheme': {
    behaviour:
      'the scheme in X-Serverless-Authorization may arrive in any case with several blanks; by a setting it does',
    source: 'reported of Cloud Run in October 2026: receivers that wanted the exact "Bearer " refused every call',
    mark: 'R',
  },
  'gate:authorization-whole': {
    behaviour: 'on a private service a service account’s token for it arrives whole in Authorization',
    source:
      'measured in one project in September 2026: soodrajesh/gcp-mcp-platform docs/adr/0005, docs/test-results.md',
    mark: 'R',
  },
  'gate:authorization-of-users': {
    behaviour: 'on a private service a user’s token of gcloud arrives in Authorization with its third segment replaced',
    source:
      'measured in one project in September 2026: soodrajesh/gcp-mcp-platform docs/adr/0005, docs/test-results.md',
    mark: 'R',
  },
  'gate:authorization-verified': {
    behaviour: 'the receiver of the user’s page verifies the token of Authorization itself, on a private service',
    source: sources.S2S,
    mark: 'D',
  },
  'gate:public-serverless-stripped': {
    behaviour: 'on a public service X-Serverless-Authorization is stripped too, unchecked',
    source: sources.S2S,
    mark: 'D',
  },
  'gate:public-authorization-kept': {
    behaviour: 'on a public service any Authorization reaches the container untouched',
    source: 'GoogleCloudPlatform/python-docs-samples run/service-auth',
    mark: 'R',
  },
  'gate:no-token': {
    behaviour: 'no token: 403 with Google’s page and no WWW-Authenticate',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'gate:not-an-invoker': {
    behaviour: 'a good token without run.routes.invoke: 403',
    source: sources.ACCESS,
    mark: 'D',
  },
  'gate:invalid-token': {
    behaviour: 'malformed, foreign, expired, wrongly signed tokens: 401 with Google’s page and WWW-Authenticate',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'gate:access-token': { behaviour: 'an OAuth access token: 401', source: sources.TRANSCRIPT, mark: 'R' },
  'gate:not-bearer': { behaviour: 'another scheme: 401', source: sources.TROUBLE, mark: 'D' },
  'gate:several-tokens': {
    behaviour: 'two tokens in a header or several such headers: 401',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'gate:audience-urls': {
    behaviour: 'both run.app URLs and the slash and path forms are accepted as audience',
    source: sources.S2S,
    mark: 'R',
  },
  'gate:audience-refused': {
    behaviour: 'another audience, a query, a fragment, a host without scheme: 401',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'gate:audience-custom': {
    behaviour: 'a custom audience matches byte for byte',
    source: sources.AUDIENCES,
    mark: 'D',
  },
  'gate:unknown-host': { behaviour: 'an unknown run.app host: 404 page', source: sources.TROUBLE, mark: 'D' },
  'gate:healthz': {
    behaviour: '/healthz is answered by Google with 404; /healthz/ and /readyz are forwarded',
    source: 'https://docs.cloud.google.com/run/docs/known-issues',
    mark: 'R',
  },
  'gate:authorization-switch': {
    behaviour: 'whose tokens lose their signature in Authorization on a private service is a setting; reports differ',
    source: sources.TROUBLE,
    mark: 'U',
  },
  'gate:tag-host': {
    behaviour: 'TAG---HOST serves the service, with its base URL as audience',
    source: 'https://docs.cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration#tags',
    mark: 'R',
  },
  'gate:tag-audience': { behaviour: 'the URL of a tag as audience: 401', source: sources.TRANSCRIPT, mark: 'R' },
  'gate:default-url-disabled': {
    behaviour: 'a disabled default URL: 404',
    source: sources.TROUBLE,
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
    source: sources.TROUBLE,
    mark: 'D',
  },
  'gate:not-found-page': {
    behaviour: 'the 404 page of a refused ingress has 272 bytes and is the same for each path',
    source: 'measured in September 2026 on a service for internal traffic and load balancers',
    mark: 'R',
  },
  'gate:ingress-internal': {
    behaviour: 'internal callers pass ingress and then meet IAM; here: service accounts of the project, named networks',
    source: 'https://docs.cloud.google.com/run/docs/securing/ingress',
    mark: 'D',
  },
  'gate:iam-disabled': {
    behaviour: 'with the invoker check off anybody comes in, whom ingress lets',
    source: sources.ACCESS,
    mark: 'C',
  },
  'gate:order': { behaviour: 'host, then ingress, then IAM, then the container', source: sources.TROUBLE, mark: 'M' },
  'gate:header-case': {
    behaviour: 'names of headers are the same in any case',
    source: 'RFC 9110 section 5.1',
    mark: 'C',
  },
  'gate:audience-hosts': {
    behaviour: 'both run.app URLs serve, and each is an audience at the other',
    source: sources.S2S,
    mark: 'D',
  },
  'gate:project-hash': {
    behaviour: 'the ten characters in the second host name are the same for every service of a project',
    source: 'ahmetb/runsd issue 24',
    mark: 'R',
  },
  'gate:audience-paths': {
    behaviour:
      'a path below a service’s URL is an audience; by a setting only the URL and its slash are, as reports differ',
    source: 'stackkit/laravel-google-cloud-tasks-queue issue 113',
    mark: 'U',
  },
  'gate:adc-audience': {
    behaviour: 'a user’s token for the client of application-default login is taken as gcloud’s',
    source: 'googleapis/google-auth-library-java pull request 469',
    mark: 'R',
  },
  'gate:firebase': {
    behaviour: 'a token of Firebase is 401, also where allAuthenticatedUsers may come in',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'gate:preflight': {
    behaviour: 'a preflight without a token is 403 without CORS headers',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'gate:reserved-setting': {
    behaviour: 'more paths can be reserved by a setting: reports name /eventlog, /_ah/ and some that end in z',
    source: 'https://docs.cloud.google.com/run/docs/known-issues',
    mark: 'M',
  },
  'gate:hidden-users': {
    behaviour: 'a user without the role is 403; 404 by a setting, as one report says',
    source: sources.TRANSCRIPT,
    mark: 'U',
  },
  'gate:request-log': {
    behaviour: 'a refusal has Google’s text in the request log; 404 of ingress and host has none',
    source: sources.TROUBLE,
    mark: 'R',
  },
  'gate:unverified-claims': {
    behaviour:
      'on a public service nobody verifies X-Serverless-Authorization: whoever trusts its claims can be deceived',
    source: sources.S2S,
    mark: 'D',
  },
} as const satisfies Requirements;
