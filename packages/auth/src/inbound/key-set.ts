import { type AsymmetricKeyDetails, KeyObject } from 'node:crypto';
import { type CryptoKey, importJWK } from 'jose';
import { withoutProxy } from '../outbound/environment-proxy.ts';
import { isLoopback } from '../outbound/receiver.ts';
import { ownOf } from '../own.ts';
import { parseObject } from './json-object.ts';

/** Google publishes two or three keys, in 2 KB. */
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;
/** For the whole answer, its last byte included. */
const FETCH_TIMEOUT_MS = 5_000;
/** How long keys are fresh: as Cache-Control says, within these bounds. Google says several hours. */
const MIN_FRESH_MS = 60_000;
const MAX_FRESH_MS = 24 * 3_600_000;
const DEFAULT_FRESH_MS = 600_000;
/** RFC 7518 section 3.3 wants 2048 bits or more. Verification takes time by the square of them. */
const MIN_BITS = 2048;
const MAX_BITS = 4096;
/** 65,537: Google's, and nearly everybody's. With 1 a signature would be the text itself. */
const EXPONENT = 'AQAB';

/** An issuer's keys by their ids. */
export interface KeySet {
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** How long they are fresh, in milliseconds. */
  readonly freshFor: number;
}

/**
 * Fetches a JWK set (RFC 7517 section 5), and believes its issuer neither in size nor in time. Rejects when there is no key
 * of use in it. A redirect is not followed: keys come from the address that was named. The content type is not looked at:
 * what counts is what the text says.
 */
export async function fetchKeySet(uri: string): Promise<KeySet> {
  const isLocal = isLoopback(new URL(uri).hostname);
  const options = {
    redirect: 'manual',
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    dispatcher: isLocal ? withoutProxy() : undefined,
  };
  const response = await fetch(uri, ownOf(options) as RequestInit);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`The answer has the status ${response.status}.`);
  }
  const keys = await usable(readPublished(await readText(response)));
  return { keys, freshFor: freshness(response.headers.get('cache-control')) };
}

/** The keys of a set that is at hand: fresh for ever. */
export async function readKeySet(published: readonly unknown[]): Promise<KeySet> {
  return { keys: await usable(published), freshFor: Number.POSITIVE_INFINITY };
}

async function usable(published: readonly unknown[]): Promise<ReadonlyMap<string, KeyObject>> {
  const keys = await importKeys(published);
  if (keys.size === 0) throw new Error('The key set holds no RS256 key with a key id.');
  return keys;
}

/** Counted as it comes out of decompression; to leave the loop ends the connection. */
async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // An answer of 200 has a body, be it empty.
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`The answer is longer than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function readPublished(text: string): readonly unknown[] {
  const set = parseObject(text);
  const published = typeof set === 'object' ? ownOf(set).keys : undefined;
  if (!Array.isArray(published)) throw new Error('The answer is not a JWK set.');
  if (published.length > MAX_KEYS) throw new Error(`The answer holds more than ${MAX_KEYS} keys.`);
  return published;
}

/** The keys of use; a set may hold others, for something else. Those that share a key id are none: which one is meant? */
async function importKeys(published: readonly unknown[]): Promise<ReadonlyMap<string, KeyObject>> {
  const keys = new Map<string, KeyObject>();
  const seen = new Set<string>();
  for (const jwk of published) {
    const key = ownOf(Object(jwk) as Record<string, unknown>);
    const { kid } = key;
    if (typeof kid !== 'string' || kid === '' || !isForSignatures(key)) continue;
    const imported = seen.has(kid) ? undefined : await importKey(key);
    if (imported === undefined) keys.delete(kid);
    else keys.set(kid, imported);
    seen.add(kid);
  }
  return keys;
}

/** RFC 7517 section 4. Without `d`: what is private must not be published, and whoever has read it can sign. */
function isForSignatures({ kty, use, alg, key_ops: operations, d }: Record<string, unknown>): boolean {
  if (kty !== 'RSA' || d !== undefined) return false;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false;
  return (use === undefined || use === 'sig') && (alg === undefined || alg === 'RS256');
}

async function importKey({ n, e }: Record<string, unknown>): Promise<KeyObject | undefined> {
  if (e !== EXPONENT) return undefined;
  const imported = await importJWK({ kty: 'RSA', n: n as string, e }, 'RS256').catch(() => undefined);
  if (imported === undefined) return undefined;
  const key = KeyObject.from(imported as CryptoKey);
  const { modulusLength } = key.asymmetricKeyDetails as Required<AsymmetricKeyDetails>;
  return modulusLength >= MIN_BITS && modulusLength <= MAX_BITS ? key : undefined;
}

/** The `max-age` of a Cache-Control header (RFC 9111 section 5.2.2.1), in milliseconds. */
function freshness(cacheControl: string | null): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,10})/i.exec(cacheControl ?? '')?.[1];
  if (seconds === undefined) return DEFAULT_FRESH_MS;
  return Math.min(Math.max(Number(seconds) * 1000, MIN_FRESH_MS), MAX_FRESH_MS);
}
