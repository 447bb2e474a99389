import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of another origin made a browser send this, be it by a script, a form or a picture. Programs that are
 * no browsers send neither header. @param headers whose `Host` is known to be one of ours
 * @see https://www.w3.org/TR/fetch-metadata/ and RFC 6454 section 7
 */
export function isFromForeignPage(headers: IncomingHttpHeaders): boolean {
  const { origin, host, 'sec-fetch-site': site = 'none' } = headers;
  if (site !== 'none' && site !== 'same-origin') return true;
  // Such as `null`, which a sandboxed frame or a file says, is no URL, and nobody's.
  return origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase();
}
