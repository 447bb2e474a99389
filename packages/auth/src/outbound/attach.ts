import { AUTHORIZATION, SERVERLESS_AUTHORIZATION } from '../headers.ts';
import type { IdToken } from './id-token.ts';
import { refuseRelayed, SHORTEST_TOKEN } from './relayed.ts';

/** Where the ID token goes. With `both`, the application gets a copy whose signature Cloud Run leaves in place. */
export type HeaderMode = 'authorization' | 'x-serverless-authorization' | 'both';

/**
 * What is never sent on. First credentials that belong to the hop on which they came: this package's own, what Google's
 * front ends and gateways tell a service about its caller, and where a gateway moves Authorization. Then Host: by it, and
 * not by the address, Google's front end finds the service that gets the token. Proxy-Authorization is not among them: it
 * reaches no container, so that it is the application's own, and IAP reads an ID token there.
 * https://docs.cloud.google.com/iap/docs/authentication-howto#authenticating_from_proxy-authorization_header
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  SERVERLESS_AUTHORIZATION,
  'x-forwarded-authorization',
  'x-goog-iap-jwt-assertion',
  'x-goog-authenticated-user-email',
  'x-goog-authenticated-user-id',
  'x-apigateway-api-userinfo',
  'x-endpoint-api-userinfo',
  'host',
]);

const PROXY_AUTHORIZATION = 'proxy-authorization';

/** Most headers are told from those that matter here by the length of their names, without a look at the letters. */
const LENGTHS: ReadonlySet<number> = new Set(
  [AUTHORIZATION, PROXY_AUTHORIZATION, ...LEFT_OUT].map((name) => name.length),
);

type Kind = 'authorization' | 'proxy authorization' | 'left out' | 'other';

function kindOf(name: string): Kind {
  if (!LENGTHS.has(name.length)) return 'other';
  const lower = name.toLowerCase();
  if (lower === AUTHORIZATION) return 'authorization';
  if (lower === PROXY_AUTHORIZATION) return 'proxy authorization';
  return LEFT_OUT.has(lower) ? 'left out' : 'other';
}

/** Whether a header is never sent on, whatever it holds. */
export function isLeftOut(name: string): boolean {
  return kindOf(name) === 'left out';
}

/** Puts the ID token into headers given as an object. What the application itself wrote into Authorization stays there. */
export function attachToRecord(
  headers: Readonly<Record<string, unknown>>,
  token: IdToken,
  mode: HeaderMode,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  let taken = false;
  for (const name of Object.keys(headers)) {
    const kind = kindOf(name);
    if (kind === 'left out') continue;
    const value = checked(headers[name], kind, token);
    if (kind === 'authorization') {
      if (value === undefined || value === null) continue;
      taken = true;
    }
    result[name] = value;
  }
  if (!taken && mode !== SERVERLESS_AUTHORIZATION) result[AUTHORIZATION] = token.bearer;
  if (taken || mode !== AUTHORIZATION) result[SERVERLESS_AUTHORIZATION] = token.bearer;
  return result;
}

/** The same for headers given as name and value pairs (a `Headers`, a `Map`). */
export function attachToPairs(headers: Iterable<unknown>, token: IdToken, mode: HeaderMode): [string, unknown][] {
  const result: [string, unknown][] = [];
  let taken = false;
  for (const header of headers) {
    const [given, received] = pairOf(header);
    const name = String(given);
    const kind = kindOf(name);
    if (kind === 'left out') continue;
    const value = checked(received, kind, token);
    if (kind === 'authorization') {
      if (value === undefined || value === null) continue;
      taken = true;
    }
    result.push([name, value]);
  }
  if (!taken && mode !== SERVERLESS_AUTHORIZATION) result.push([AUTHORIZATION, token.bearer]);
  if (taken || mode !== AUTHORIZATION) result.push([SERVERLESS_AUTHORIZATION, token.bearer]);
  return result;
}

/** Two of something: `fetch` takes no more and no less, and no text of two letters. */
function pairOf(header: unknown): readonly unknown[] {
  const isIterable = typeof header === 'object' && header !== null && Symbol.iterator in header;
  const pair: unknown[] = isIterable ? Array.from(header as Iterable<unknown>) : [];
  if (pair.length !== 2) throw new TypeError('The headers must be an object, or pairs of a name and a value.');
  return pair;
}

/** The value, read once: an object that is sent as text might give another one the next time. */
function checked(value: unknown, kind: Kind, token: IdToken): unknown {
  if (typeof value === 'string') {
    if (kind !== 'other' || value.length >= SHORTEST_TOKEN) refuseRelayed(value, token);
    return value;
  }
  if (Array.isArray(value)) return Array.from(value, (each) => checked(each, kind, token));
  const isTextToBe = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isTextToBe ? checked(String(value), kind, token) : value;
}
