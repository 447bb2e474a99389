/** `authorization`: read by the application, and by Cloud Run's front end when the other is absent. */
export const AUTHORIZATION = 'authorization';

/**
 * `x-serverless-authorization`: read by Cloud Run's front end before `authorization`, and passed on without its signature.
 * https://cloud.google.com/run/docs/authenticating/service-to-service
 */
export const SERVERLESS_AUTHORIZATION = 'x-serverless-authorization';

/**
 * What Cloud Run puts in place of the signature of a token that it has consumed.
 * https://docs.cloud.google.com/run/docs/troubleshooting#signature-removed
 */
export const SIGNATURE_REMOVED = 'SIGNATURE_REMOVED_BY_GOOGLE';

/** The two headers that carry an ID token. */
export type TokenHeader = typeof AUTHORIZATION | typeof SERVERLESS_AUTHORIZATION;
