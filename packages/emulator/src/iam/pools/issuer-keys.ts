import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Elapsed } from '../../internal/elapsed.ts';

/** An issuer outside Google may send anything, for ever: it is asked for so long, and read so far. */
const TIMEOUT_MS = 5000;
const MOST_BYTES = 256 * 1024;
const MOST_KEYS = 100;

const FRESH_MS = 600_000;

/** Tokens with made-up key ids ask for the keys this often at most. One that is new is known as soon. */
const COOL_DOWN_MS = 1000;

/** The keys that an issuer publishes, asked for when a token needs them. @param find where they are */
export function issuerKeys(find: () => Promise<URL>, elapsed: Elapsed): JWTVerifyGetKey {
  let known: { readonly keys: JWTVerifyGetKey; readonly at: number } | undefined;
  let asked = Number.NEGATIVE_INFINITY;
  let coming: Promise<void> | undefined;

  async function ask(): Promise<void> {
    asked = elapsed();
    known = { keys: createLocalJWKSet(readKeySet(await fetchJson(await find()))), at: elapsed() };
  }
  function renew(): Promise<void> {
    coming ??= ask().finally(() => {
      coming = undefined;
    });
    return coming;
  }

  return async (header, token) => {
    if (known === undefined || elapsed() - known.at > FRESH_MS) await renew();
    try {
      return await (known as NonNullable<typeof known>).keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || elapsed() - asked < COOL_DOWN_MS) throw error;
      await renew();
      return (known as NonNullable<typeof known>).keys(header, token);
    }
  };
}

/** Where an issuer says that its keys are. OpenID Connect Discovery 1.0 section 4 */
export async function discoverKeys(issuer: string): Promise<URL> {
  const { jwks_uri: uri } = (await fetchJson(
    new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
  )) as { jwks_uri?: unknown };
  return new URL(`${uri}`);
}

/** @throws Error when it is no JSON, too large or too late */
async function fetchJson(url: URL): Promise<unknown> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok || response.body === null) throw new Error(`${url.origin} answers ${response.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.byteLength;
    if (length > MOST_BYTES) throw new Error(`${url.origin} answers more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString());
}

function readKeySet(set: unknown): JSONWebKeySet {
  const { keys } = (set ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length > MOST_KEYS) throw new Error(`no JWK set of at most ${MOST_KEYS} keys`);
  return { keys };
}
