/** The headers of a request that tell a preflight; names in lower case. */
export interface PreflightHeaders {
  readonly origin?: string | undefined;
  readonly 'access-control-request-method'?: string | undefined;
}

/**
 * Whether a request is a CORS preflight, which browsers send by themselves and without credentials.
 * https://fetch.spec.whatwg.org/#cors-preflight-fetch
 */
export function isPreflight(method: string | undefined, headers: PreflightHeaders): boolean {
  return method === 'OPTIONS' && Boolean(headers.origin) && Boolean(headers['access-control-request-method']);
}
