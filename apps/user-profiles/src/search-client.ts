import { createServiceClient } from '@run-edges/auth/outbound';
import { invalidInput, listOf } from '@run-edges/service';
import type { Config } from './config.ts';
import type { Change } from './store/store.ts';

/** Search could not answer, or would not. The cause says which; the sender of the request is told 503 either way. */
export class SearchUnavailableError extends Error {
  override name = 'SearchUnavailableError';
  readonly statusCode = 503;
}

/** Search answered that the change itself is wrong: sending it again cannot help. */
export class ChangeRefusedError extends Error {
  override name = 'ChangeRefusedError';
}

/** Somebody who matches, as the index knows them. */
export interface Hit {
  id: string;
  version: number;
  /** Goes on behind this hit. */
  cursor: string;
  highlights: Partial<Record<'name' | 'title' | 'team' | 'city' | 'bio', Fragment[]>> & { skills?: Fragment[][] };
}

/** A piece of a field's text, and whether it is (part of) what was looked for. */
export interface Fragment {
  text: string;
  match: boolean;
}

export interface SearchQuestion {
  q: string;
  /** 1 to 100. */
  limit: number;
  cursor?: string | undefined;
  traceparent: string;
}

export interface SearchClient {
  /** Best first. Rejects with a 400 when search does not take the cursor. */
  find(question: SearchQuestion, signal: AbortSignal): Promise<Hit[]>;
  /**
   * Resolves once search has stored the changes (or already had newer ones).
   * Rejects with ChangeRefusedError when one of them is wrong; then some may have been stored.
   */
  deliver(changes: readonly Change[], signal: AbortSignal): Promise<void>;
}

/** For all requests of one delivery together. */
export const DELIVERY_TIMEOUT_MS = 5_000;
/** Below what search takes in one body. */
const MOST_BYTES = 800_000;
/** Statuses that speak of the change, not of search, the network or the identity. */
const REFUSALS = [400, 413, 415, 422];

/**
 * The only way from here to search. The ID token goes into both headers: the gate takes the signature out of
 * X-Serverless-Authorization, and search verifies the one in Authorization itself.
 */
export function createSearchClient(config: Config): SearchClient {
  const client = config.SEARCH_URL
    ? createServiceClient({
        url: config.SEARCH_URL,
        header: 'both',
        plainHttpHosts: listOf(config.PLAIN_HTTP_HOSTS),
      })
    : undefined;

  async function call(path: string, init: RequestInit): Promise<Response> {
    if (!client) throw new SearchUnavailableError('SEARCH_URL is not set: nothing lets this service call search');
    let response: Response;
    try {
      response = await client.fetch(path, { redirect: 'manual', ...init });
    } catch (cause) {
      throw new SearchUnavailableError('search could not be called', { cause });
    }
    if (response.ok) return response;
    const body = (await response.text().catch(() => '')).slice(0, 500);
    if (REFUSALS.includes(response.status)) throw new ChangeRefusedError(`search answered ${response.status}: ${body}`);
    throw new SearchUnavailableError(`search answered ${response.status}`);
  }

  return {
    find: async ({ q, limit, cursor, traceparent }, signal) => {
      const query = new URLSearchParams({ q, limit: String(limit), ...(cursor !== undefined && { cursor }) });
      const response = await call(`/search?${query}`, { headers: { traceparent }, signal }).catch((error) => {
        // Everything else of the question has passed the same checks here.
        if (!(error instanceof ChangeRefusedError)) throw error;
        if (cursor === undefined)
          throw new SearchUnavailableError('search does not take the question', { cause: error });
        throw invalidInput('querystring', '/cursor', 'is not the next of an answer to this q');
      });
      return ((await response.json()) as { hits: Hit[] }).hits;
    },
    deliver: async (changes, signal) => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]);
      for (const { path, method, body } of requestsFor(changes)) {
        const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body };
        const response = await call(path, { method, signal: limited, ...json });
        await response.body?.cancel();
      }
    },
  };
}

interface DeliveryRequest {
  method: 'PUT' | 'DELETE' | 'POST';
  path: string;
  body?: string;
}

/** One change by itself is a PUT or a DELETE, many go together, in as few bodies as hold them. */
function requestsFor(changes: readonly Change[]): DeliveryRequest[] {
  const [only] = changes;
  if (only && changes.length === 1) {
    const path = `/documents/${only.profileId}`;
    if (!only.document) return [{ method: 'DELETE', path: `${path}?version=${only.version}` }];
    return [{ method: 'PUT', path, body: JSON.stringify({ version: only.version, ...only.document }) }];
  }
  const bodies: string[][] = [];
  let room = 0;
  for (const { profileId: id, version, document } of changes) {
    const json = JSON.stringify({ id, version, document });
    const bytes = Buffer.byteLength(json) + 1;
    if (bytes > room) {
      bodies.push([]);
      room = MOST_BYTES;
    }
    bodies.at(-1)?.push(json);
    room -= bytes;
  }
  return bodies.map((of) => ({ method: 'POST', path: '/documents', body: `{"changes":[${of.join(',')}]}` }));
}
