import type { Said } from '../stories.ts';

/** How a client of google-gax is led to an address: over REST, as a plain name, a port and a scheme. */
export function restAt(url: string): { fallback: true; apiEndpoint: string; port: number; protocol: string } {
  const { hostname, port } = new URL(url);
  return { fallback: true, apiEndpoint: hostname, port: Number(port), protocol: 'http' };
}

/** The name of a value of an enumeration: what an operation came to has its number. */
export function nameIn(names: object, value: unknown): unknown {
  return typeof value === 'number' ? (names as Record<number, string>)[value] : value;
}

/** HTTP statuses of google.rpc's codes, which most calls are refused with; those that begin an operation tell the status. */
const STATUSES: Readonly<Record<number, number>> = { 3: 400, 5: 404, 6: 409, 9: 400 };

export async function refusal(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return 200;
  } catch (error) {
    const { code } = error as { code: number };
    return STATUSES[code] ?? code;
  }
}

/** A list, read page by page. */
export async function inPages<T>(
  read: (pageToken: string) => Promise<readonly [readonly T[], string | null | undefined]>,
  nameOf: (one: T) => string | null | undefined,
): Promise<Said> {
  const all: (string | null | undefined)[] = [];
  let most = 0;
  let token: string | null | undefined = '';
  do {
    const [page, next] = await read(token);
    most = Math.max(most, page.length);
    all.push(...page.map(nameOf));
    token = next;
  } while (token);
  return { most, all: all.toSorted() };
}
