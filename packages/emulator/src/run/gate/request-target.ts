import type { CallerRequest } from './caller-request.ts';

/** Where a request is addressed to. */
export interface RequestTarget {
  /** Host name in lower case, without its port. */
  readonly host: string;
  /** Host and port as the container is told them. */
  readonly authority: string;
  /** Path and query, byte for byte: what the container is asked for. */
  readonly target: string;
  /** Path alone: what conditions, pages and decisions see. */
  readonly path: string;
}

type Asked = Pick<CallerRequest, 'url' | 'headers' | 'rawHeaders' | 'httpVersion'>;

/** `http://HOST/PATH`: scheme, authority, rest. */
const absoluteForm = /^https?:\/\/([^/?#@]+)([/?].*)?$/i;

/** A name, an IPv4 or a bracketed IPv6 address, and a port; empty where HTTP/1.0 sends none. @see RFC 3986 section 3.2 */
const validAuthority = /^(?:[\w.~%!$&'()*+,;=-]*|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

/**
 * Reads the request target in origin form and absolute form, whose authority wins over `Host`. Undefined: malformed.
 * A fragment has no place in it: some servers would cut it off, others take it for a part of the path.
 * @see RFC 9112 section 3.2
 */
export function readTarget(request: Asked): RequestTarget | undefined {
  const { url = '', rawHeaders, httpVersion } = request;
  const hosts = hostsIn(rawHeaders);
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0') || url.includes('#')) return undefined;
  if (url.startsWith('/')) return targetAt(request.headers.host ?? '', url);
  const [, authority, rest = ''] = absoluteForm.exec(url) ?? [];
  if (authority === undefined) return undefined;
  return targetAt(authority, rest.startsWith('/') ? rest : `/${rest}`);
}

/**
 * The host alone, for whom a fragment is no matter: Node's client library sends one to metadata servers with an audience
 * that has one.
 */
export function readHost({ url = '', headers, rawHeaders, httpVersion }: Asked): string | undefined {
  const [target = ''] = url.split('#', 1);
  return readTarget({ url: target, headers, rawHeaders, httpVersion })?.host;
}

function targetAt(authority: string, target: string): RequestTarget | undefined {
  if (!validAuthority.test(authority)) return undefined;
  return { host: hostOf(authority), authority, target, path: pathOf(target) };
}

/** The name or address of an authority, without its port. */
export function hostOf(authority: string): string {
  const port = authority.lastIndexOf(':');
  const name = port >= 0 && !authority.endsWith(']') ? authority.slice(0, port) : authority;
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

function pathOf(target: string): string {
  const end = target.indexOf('?');
  return end < 0 ? target : target.slice(0, end);
}

/** Node keeps the first of several Host headers, a container might keep the last. @see RFC 9112 section 3.2 */
function hostsIn(rawHeaders: readonly string[]): number {
  let found = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') found++;
  }
  return found;
}
