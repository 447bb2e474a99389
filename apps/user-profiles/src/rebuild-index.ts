import { setTimeout as pause } from 'node:timers/promises';
import { backoff } from './outbox-delivery.ts';
import { type SearchClient, SearchUnavailableError } from './search-client.ts';
import { searchDocument } from './store/profile.ts';
import type { Change, ProfileStore } from './store/store.ts';

const BATCH = 200;
const MOST_FAILURES = 10;

/**
 * Tells search of every profile as it is now, for an index that was lost. What is written meanwhile goes its usual way:
 * versions decide which of two deliveries is newer, so that neither stands in the other's way.
 * @throws what search answered, when it does not take a batch ten times in a row
 */
export async function rebuildIndex(
  store: ProfileStore,
  search: SearchClient,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let done = 0;
  let last = '';
  for (;;) {
    const profiles = await store.list(last, BATCH);
    if (profiles.length === 0) return;
    await deliver(
      profiles.map((profile) => ({
        profileId: profile.id,
        version: profile.version,
        document: searchDocument(profile),
      })),
    );
    last = profiles.at(-1)?.id ?? last;
    done += profiles.length;
    onProgress(done);
  }

  async function deliver(changes: Change[]): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await search.deliver(changes, signal);
      } catch (error) {
        if (!(error instanceof SearchUnavailableError) || failures === MOST_FAILURES || signal.aborted) throw error;
        await pause(backoff(failures), undefined, { signal });
      }
    }
  }
}
