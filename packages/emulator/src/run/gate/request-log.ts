import type { Rule } from './rules.ts';

const READ_MORE = 'Read more at https://cloud.google.com/run/docs/securing/authenticating';
const TROUBLE =
  'Additional troubleshooting documentation can be found at: https://cloud.google.com/run/docs/troubleshooting';

const NO_TOKEN = `The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header. Empty Authorization header value. ${READ_MORE} ${TROUBLE}#unauthorized-client`;
const BAD_TOKEN = `The request was not authorized to invoke this service. The access token could not be verified. ${READ_MORE} ${TROUBLE}#401`;

const texts: Readonly<Partial<Record<Rule, string>>> = {
  'no-credentials': NO_TOKEN,
  'several-credentials': BAD_TOKEN,
  'not-bearer': BAD_TOKEN,
  'access-token': BAD_TOKEN,
  'malformed-token': BAD_TOKEN,
  'signature-removed': BAD_TOKEN,
  'unsupported-algorithm': BAD_TOKEN,
  'unknown-key': BAD_TOKEN,
  'bad-signature': BAD_TOKEN,
  expired: BAD_TOKEN,
  'not-yet-valid': BAD_TOKEN,
  'wrong-issuer': BAD_TOKEN,
  'wrong-audience': BAD_TOKEN,
  'unknown-principal': BAD_TOKEN,
  'not-an-invoker': `The request was not authorized to invoke this service. ${READ_MORE} ${TROUBLE}#unauthorized-client`,
  'no-instance': 'The request was aborted because there was no available instance.',
  'container-failed':
    'The request failed because either the HTTP response was malformed or connection to the instance had an error.',
  'timed-out': 'The request has been terminated because it has reached the maximum request timeout.',
};

/**
 * What Cloud Run writes into its request log for a request that this rule ended; empty where it writes none or no text.
 * @see https://docs.cloud.google.com/run/docs/troubleshooting
 */
export function requestLogText(rule: Rule): string {
  return texts[rule] ?? '';
}
