import { createServiceClient } from '@run-edges/auth/outbound';
import { invalidInput, listOf } from '@run-edges/service';
import type { Config } from './config.ts';
import type { OutboxEntry } from './store/store.ts';

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
  /** Resolves once search has stored the change (or already had a newer one). */
  deliver(change: OutboxEntry, signal: AbortSignal): Promise<void>;
}

const TIMEOUT_MS = 5_000;
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
        if (error instanceof ChangeRefusedError && cursor !== undefined)
          throw invalidInput('querystring', '/cursor', 'is not the next of an answer to this q');
        throw error;
      });
      return ((await response.json()) as { hits: Hit[] }).hits;
    },
    deliver: async ({ profileId, version, document }, signal) => {
      const path = `/documents/${profileId}`;
      const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = document
        ? await call(path, {
            method: 'PUT',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ version, ...document }),
            signal: limited,
          })
        : await call(`${path}?version=${version}`, { method: 'DELETE', signal: limited });
      await response.body?.cancel();
    },
  };
}
