import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

export const metadata = {
  'metadata:flavor-header': {
    behaviour: 'every answer, errors too, carries Metadata-Flavor: Google',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'metadata:server-header': {
    behaviour: 'Server is "Metadata Server for Serverless"',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:flavor-required': {
    behaviour: 'without Metadata-Flavor: Google the answer is a 403 page',
    source: sources.METADATA,
    mark: 'D',
  },
  'metadata:root-free': {
    behaviour: 'the root answers 200 without the header, as clients ping it',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'metadata:forwarded-refused': {
    behaviour: 'a request with X-Forwarded-For is refused with 403',
    source: sources.METADATA,
    mark: 'D',
  },
  'metadata:unknown-path': { behaviour: 'an unknown path is 404', source: sources.METADATA, mark: 'D' },
  'metadata:directory-redirect': {
    behaviour: 'a directory without its slash is 301 to the same path with it',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:listing': {
    behaviour: 'a directory lists its entries, folders with a slash',
    source: sources.METADATA,
    mark: 'D',
  },
  'metadata:recursive': {
    behaviour: 'recursive=true gives JSON with camelCase names and without tokens',
    source: sources.METADATA,
    mark: 'D',
  },
  'metadata:alt': {
    behaviour: 'alt=json gives a leaf as JSON: text quoted, lists as arrays; alt=text as it is',
    source: sources.METADATA,
    mark: 'D',
  },
  'metadata:tree': {
    behaviour: 'project, region, zone, id and service account are where Cloud Run has them',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'metadata:recursive-text': {
    behaviour: 'recursive=true&alt=text lists "path value" lines',
    source: sources.METADATA,
    mark: 'D',
  },
  'metadata:etag': {
    behaviour: 'leaves and directories carry an ETag of 16 hex digits',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:token-scopes': {
    behaviour: 'the token endpoint takes scopes, comma-separated, as Cloud Run does and GCE does not',
    source: 'Google Cloud SDK compute_engine/credentials.py',
    mark: 'C',
  },
  'metadata:access-token': {
    behaviour: 'token gives access_token, expires_in and token_type as JSON, the same token until it turns over',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:identity-audience': {
    behaviour: 'identity without an audience is 400 "non-empty audience parameter required"',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:identity-unencoded': {
    behaviour: 'the audience may stand unencoded in the query, as Node writes it',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'metadata:self-only': {
    behaviour: 'a caller gets its own identity and no other account answers',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'metadata:content-types': {
    behaviour: 'leaves and listings are application/text, JSON is application/json: Python parses nothing else',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'metadata:guard-headers': {
    behaviour: 'answers carry X-XSS-Protection: 0 and X-Frame-Options: SAMEORIGIN',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:wrong-flavor': {
    behaviour: 'Metadata-Flavor with another value is refused: 403 here, 404 by a setting, as reports differ',
    source: sources.TRANSCRIPT,
    mark: 'U',
  },
  'metadata:not-found-page': {
    behaviour: 'the 404 page is the one of Google’s front end',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:root-listing': {
    behaviour: 'v1 lists instance, project and universe',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:no-network-interfaces': {
    behaviour: 'instance/network-interfaces is for worker pools alone',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'metadata:account-segment': {
    behaviour: 'the account may be named default or by its e-mail',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'metadata:aliases': {
    behaviour: 'aliases is default, scopes has one URL on a line',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:universe': {
    behaviour: 'universe-domain is googleapis.com',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'metadata:wait': {
    behaviour: 'wait_for_change waits for another etag than last_etag, timeout_sec at most',
    source: sources.METADATA,
    mark: 'C',
  },
  'metadata:busy': {
    behaviour: 'a busy server answers 429 or 503, which clients ask again',
    source: 'https://docs.cloud.google.com/compute/docs/troubleshooting/troubleshoot-metadata-server',
    mark: 'D',
  },
  'metadata:token-turn-over': {
    behaviour: 'the same access token with shrinking expires_in until 5 minutes of it are left',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'metadata:identity-turn-over': {
    behaviour: 'an ID token is kept per audience until 5 minutes of it are left; a new one each time by a setting',
    source: sources.CLIENTS,
    mark: 'U',
  },
  'metadata:identity-plain': {
    behaviour: 'an ID token stands alone in the answer, without a line break',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:identity-type': {
    behaviour: 'an ID token is text/html; application/text by a setting',
    source: sources.TRANSCRIPT,
    mark: 'U',
  },
  'metadata:identity-format': {
    behaviour: 'format and licenses change nothing: Cloud Run has the e-mail always and Compute Engine’s claims never',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'metadata:identity-cut': {
    behaviour: 'an unencoded & or # ends the audience',
    source: sources.CLIENTS,
    mark: 'C',
  },
  'metadata:identity-once': {
    behaviour: 'of several audiences one counts',
    source: sources.METADATA,
    mark: 'M',
  },
  'metadata:found-by-node': {
    behaviour: 'gcp-metadata finds the server by GCE_METADATA_HOST, and by GCE_METADATA_IP before it',
    source: 'gcp-metadata 9.2 sources',
    mark: 'C',
  },
  'metadata:residency': {
    behaviour:
      'what a library looks at to know that it is on Cloud Run is told: a reply with the flavor header at instance',
    source: 'gcp-metadata 9.2 sources',
    mark: 'C',
  },
} as const satisfies Requirements;
