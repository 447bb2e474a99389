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
 * The token in `Bearer TOKEN` (RFC 6750 section 2.1). The scheme in any case, and one blank or tab or more: Cloud Run does
 * not pass on X-Serverless-Authorization exactly as it was sent. What else Unicode takes for a space separates nothing.
 */
export function readBearer(header: string | undefined): string {
  if (header === undefined || header === '') throw new CallerError('RUN_AUTH_NO_TOKEN');
  if (!isBlank(header, 6) || header.slice(0, 6).toLowerCase() !== 'bearer')
    throw new CallerError('RUN_AUTH_HEADER_MALFORMED');
  let start = 7;
  while (isBlank(header, start)) start += 1;
  return header.slice(start);
}

function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === SPACE || code === TAB;
}

const SPACE = 32;
const TAB = 9;
