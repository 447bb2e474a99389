import type { Hit, SearchClient } from './search-client.ts';
import type { Profile, ProfileStore } from './store/store.ts';

export interface FoundPerson {
  profile: Profile;
  highlights: Hit['highlights'];
}

export interface Page {
  people: FoundPerson[];
  /** The cursor of the next page; `null`: this is the last. */
  next: string | null;
}

export interface PageRequest {
  q: string;
  limit: number;
  cursor?: string | undefined;
  traceparent: string;
}

const TIMEOUT_MS = 5_000;
/** What search gives at most. */
const MOST_HITS = 100;

/**
 * A page of the people who match and may be shown. The index may lag behind, so the store decides who is shown, and the
 * page is filled up from the hits that follow: length, order and cursor of a page say nothing of those who are left out.
 */
export async function findPeople(store: ProfileStore, search: SearchClient, request: PageRequest): Promise<Page> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  // One more than the page holds tells whether there is another page.
  const wanted = request.limit + 1;
  const asked = Math.min(wanted, MOST_HITS);
  const shown: (FoundPerson & { cursor: string })[] = [];
  let { cursor } = request;
  let hits: Hit[];
  do {
    hits = await search.find({ ...request, limit: asked, cursor }, signal);
    const visible = new Map((await store.getVisible(hits.map(({ id }) => id))).map((profile) => [profile.id, profile]));
    for (const hit of hits) {
      const profile = visible.get(hit.id);
      if (profile) shown.push({ profile, highlights: highlightsOf(hit, profile), cursor: hit.cursor });
    }
    cursor = hits.at(-1)?.cursor;
  } while (shown.length < wanted && hits.length === asked);
  const page = shown.slice(0, request.limit);
  return { people: page, next: shown.length > page.length ? (page.at(-1)?.cursor ?? null) : null };
}

/** The words of a version that is no longer the person's are not repeated. */
function highlightsOf(hit: Hit, profile: Profile): Hit['highlights'] {
  return hit.version === profile.version ? hit.highlights : {};
}
