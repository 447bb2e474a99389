import { CallerError } from '../errors.ts';

/**
 * The value of a header in Node's `rawHeaders`. Read there, because `headers` keeps the first of several Authorization
 * headers and says nothing of the others. A header without a value is there, and empty.
 */
export function findHeader(rawHeaders: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length !== name.length || candidate.toLowerCase() !== name) continue;
    if (found !== undefined) throw new CallerError('RUN_AUTH_HEADER_REPEATED');
    found = rawHeaders[index + 1] ?? '';
  }
  return found;
}

/**
 * The token in `Bearer TOKEN` (RFC 6750 section 2.1; the scheme in any case and one blank or more, RFC 9110 section 11.4:
 * Cloud Run does not pass on X-Serverless-Authorization exactly as it was sent).
 */
export function readBearer(header: string | undefined): string {
  if (header === undefined || header === '') throw new CallerError('RUN_AUTH_NO_TOKEN');
  if (header.length < 7 || header.charCodeAt(6) !== SPACE || header.slice(0, 6).toLowerCase() !== 'bearer')
    throw new CallerError('RUN_AUTH_HEADER_MALFORMED');
  let start = 7;
  while (header.charCodeAt(start) === SPACE) start += 1;
  return header.slice(start);
}

const SPACE = 32;
