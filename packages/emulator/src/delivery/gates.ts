/** What a sender's request may lead to: the gate of a service, or of a receiver that others own. */
export interface Reachable {
  readonly name: string;
  /** The gate's own address. */
  readonly url: string;
  /** Every origin under which it is known: its gate's addresses, and those at Google. */
  readonly origins: readonly string[];
}

/** Where a request for a URL goes. */
export interface GateAddress {
  readonly receiver: string;
  /** Of the gate. */
  readonly origin: string;
  /** As the request names it. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
}

/** The gate that a URL leads to; undefined where it leads to none: nothing outside is called from here. */
export type FindGate = (url: string) => GateAddress | undefined;

/** @param reachable who is there now */
export function findGates(reachable: () => readonly Reachable[]): FindGate {
  return (url) => {
    const target = URL.parse(url);
    if (target === null || target.username !== '' || target.password !== '') return undefined;
    const found = reachable().find(({ origins }) => origins.some((origin) => originOf(origin) === target.origin));
    if (found === undefined) return undefined;
    const { host, pathname, search } = target;
    return { receiver: found.name, origin: originOf(found.url) ?? '', host, path: pathname + search };
  };
}

function originOf(url: string): string | undefined {
  return URL.parse(url)?.origin;
}

/**
 * Whether a URL can be one of a receiver: https, and http to the gates of this machine alone.
 * @returns what is wrong with it; undefined where nothing is
 */
export function endpointProblem(url: unknown, findGate: FindGate): string | undefined {
  const target = typeof url === 'string' && url.length <= 2083 ? URL.parse(url) : null;
  if (target === null || typeof url !== 'string') return 'It is no URL.';
  // The parser of URLs takes these away, and a server might not.
  if (/[\s\\]|[^\x21-\x7e]/.test(url)) return 'It has blanks, backslashes or characters beyond ASCII in it.';
  if (target.username !== '' || target.password !== '') return 'It has a name or a password in it.';
  if (target.protocol === 'https:') return undefined;
  if (target.protocol === 'http:' && findGate(url) !== undefined) return undefined;
  return 'It is https://..., or http:// to the gate of a service of this emulator.';
}
