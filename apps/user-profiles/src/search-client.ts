import { createServiceClient } from '@run-edges/auth/outbound';
import { listOf } from '@run-edges/service';
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

export interface SearchClient {
  /** Ids of the people who match, best first. */
  find(text: string, limit: number, traceparent: string): Promise<string[]>;
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
    find: async (text, limit, traceparent) => {
      const query = new URLSearchParams({ q: text, limit: String(limit) });
      const response = await call(`/search?${query}`, {
        headers: { traceparent },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const { hits } = (await response.json()) as { hits: { id: string }[] };
      return hits.map((hit) => hit.id);
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
