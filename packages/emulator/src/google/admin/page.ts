import { GoogleError } from '../../internal/google-api/google-error.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}

/** What asks for a page: in Google's APIs, and in those that follow Kubernetes'. */
interface Words {
  readonly size: string;
  readonly token: string;
  /** The page size where none is asked for; what is asked for may be more. */
  readonly usual: number;
}

export const GOOGLE: Words = { size: 'pageSize', token: 'pageToken', usual: 100 };
export const KUBERNETES: Words = { size: 'limit', token: 'continue', usual: Number.MAX_SAFE_INTEGER };

const MOST = 1000;

/**
 * One page of a list.
 * @throws GoogleError INVALID_ARGUMENT for a size or a token that is none
 * @see https://google.aip.dev/158
 */
export function page<T>(
  all: readonly T[],
  query: Readonly<Record<string, string>>,
  { size, token, usual }: Words = GOOGLE,
): Page<T> {
  const asked = wholeNumber(query[size] ?? '0', size);
  const start = startOf(query[token] ?? '', token);
  const end = start + (asked === 0 ? usual : Math.min(asked, MOST));
  return { items: all.slice(start, end), next: end < all.length ? tokenOf(end) : undefined };
}

/** A page as v2 answers it: as in protocol buffers, an empty list is not there. @param field of the list */
export function answerPage<T>(
  field: string,
  all: readonly T[],
  query: Readonly<Record<string, string>>,
  show: (one: T) => object,
): object {
  const { items, next } = page(all, query);
  return {
    ...(items.length === 0 ? {} : { [field]: items.map(show) }),
    ...(next === undefined ? {} : { nextPageToken: next }),
  };
}

function startOf(token: string, field: string): number {
  if (token === '') return 0;
  const start = wholeNumber(Buffer.from(token, 'base64url').toString(), field);
  if (tokenOf(start) !== token) throw invalid(field);
  return start;
}

function tokenOf(start: number): string {
  return Buffer.from(`${start}`).toString('base64url');
}

function wholeNumber(text: string, field: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalid(field);
  return Number(text);
}

function invalid(field: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', `Invalid value at '${field}'.`);
}
