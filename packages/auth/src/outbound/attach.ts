import { AUTHORIZATION, SERVERLESS_AUTHORIZATION } from '../headers.ts';
import type { IdToken } from './id-token.ts';
import { refuseRelayed } from './relayed.ts';

/** Where the ID token goes. With `both`, the application gets a copy whose signature Cloud Run leaves in place. */
export type HeaderMode = 'authorization' | 'x-serverless-authorization' | 'both';

/**
 * Credentials that belong to the hop on which they came: they are never sent on. The first is this package's own; the
 * others are what Google's front ends and proxies tell a service about its caller.
 */
const HOP_CREDENTIALS: ReadonlySet<string> = new Set([
  SERVERLESS_AUTHORIZATION,
  'proxy-authorization',
  'x-goog-iap-jwt-assertion',
  'x-goog-authenticated-user-email',
  'x-goog-authenticated-user-id',
]);

/** Most headers are told from those that matter here by the length of their names, without a look at the letters. */
const LENGTHS: ReadonlySet<number> = new Set([AUTHORIZATION, ...HOP_CREDENTIALS].map((name) => name.length));

type Kind = 'authorization' | 'hop credential' | 'other';

function kindOf(name: string): Kind {
  if (!LENGTHS.has(name.length)) return 'other';
  const lower = name.toLowerCase();
  if (lower === AUTHORIZATION) return 'authorization';
  return HOP_CREDENTIALS.has(lower) ? 'hop credential' : 'other';
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
    if (kind === 'hop credential') continue;
    const value = headers[name];
    if (kind === 'authorization') {
      if (value === undefined || value === null) continue;
      refuseRelayed(value, token);
      taken = true;
    }
    result[name] = value;
  }
  if (!taken && mode !== SERVERLESS_AUTHORIZATION) result[AUTHORIZATION] = token.bearer;
  if (taken || mode !== AUTHORIZATION) result[SERVERLESS_AUTHORIZATION] = token.bearer;
  return result;
}

/** The same for headers given as name and value pairs (a `Headers`, a `Map`). */
export function attachToPairs<Value>(
  headers: Iterable<readonly [string, Value]>,
  token: IdToken,
  mode: HeaderMode,
): [string, Value | string][] {
  const result: [string, Value | string][] = [];
  let taken = false;
  for (const [name, value] of headers) {
    const kind = kindOf(name);
    if (kind === 'hop credential') continue;
    if (kind === 'authorization') {
      refuseRelayed(value, token);
      taken = true;
    }
    result.push([name, value]);
  }
  if (!taken && mode !== SERVERLESS_AUTHORIZATION) result.push([AUTHORIZATION, token.bearer]);
  if (taken || mode !== AUTHORIZATION) result.push([SERVERLESS_AUTHORIZATION, token.bearer]);
  return result;
}
