import { CallerError } from '../errors.ts';

/**
 * The value of a header in Node's `rawHeaders`. Read there, because `headers` keeps the first of several Authorization
 * headers and says nothing of the others.
 */
export function findHeader(rawHeaders: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length !== name.length || candidate.toLowerCase() !== name) continue;
    if (found !== undefined) throw new CallerError('RUN_AUTH_HEADER_REPEATED');
    found = rawHeaders[index + 1];
  }
  return found;
}

/** The token in `Bearer TOKEN` (RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1). */
export function readBearer(header: string | undefined): string {
  if (header === undefined || header === '') throw new CallerError('RUN_AUTH_NO_TOKEN');
  if (header.length < 7 || header.charCodeAt(6) !== SPACE || header.slice(0, 6).toLowerCase() !== 'bearer')
    throw new CallerError('RUN_AUTH_HEADER_MALFORMED');
  return header.slice(7);
}

const SPACE = 32;
