import { GoogleError } from '../api/google-error.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}

/** One page of a list. @param most the page size where none is asked for @throws GoogleError INVALID_ARGUMENT @see https://google.aip.dev/158 */
export function page<T>(all: readonly T[], query: Readonly<Record<string, string>>, most = 100): Page<T> {
  const { pageSize = '0', pageToken = '' } = query;
  const size = wholeNumber(pageSize, 'page_size');
  const start = pageToken === '' ? 0 : wholeNumber(Buffer.from(pageToken, 'base64url').toString(), 'page_token');
  const end = start + (size === 0 ? most : Math.min(size, 1000));
  const next = end < all.length ? Buffer.from(`${end}`).toString('base64url') : undefined;
  return { items: all.slice(start, end), next };
}

function wholeNumber(text: string, field: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new GoogleError('INVALID_ARGUMENT', `Invalid value at '${field}'.`);
  return Number(text);
}
