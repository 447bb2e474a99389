import { Client } from 'undici';
import type { Person } from './people.ts';

/** A running search service, asked over one connection as its one caller would. */
export interface Index extends AsyncDisposable {
  readonly feed: (people: Iterable<Person>, onProgress: (done: number) => void) => Promise<void>;
  readonly ask: (q: string) => Promise<Asked>;
}

export interface Asked {
  /** From the request to the last byte of the answer. */
  readonly milliseconds: number;
  /** The first ten, best first. */
  readonly ids: readonly string[];
}

const BATCH = 200;

export function openIndex(url: string, token: string): Index {
  const client = new Client(url);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

  async function request(method: 'GET' | 'POST', path: string, body?: string): Promise<string> {
    const answer = await client.request({ method, path, headers, body: body ?? null });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} was answered ${answer.statusCode}: ${text}`);
    return text;
  }
  async function send(batch: readonly Person[]): Promise<void> {
    const changes = batch.map(({ id, ...document }) => ({ id, version: 1, document }));
    await request('POST', '/documents', JSON.stringify({ changes }));
  }

  return {
    feed: async (people, onProgress) => {
      let batch: Person[] = [];
      let done = 0;
      for (const person of people) {
        if (batch.push(person) < BATCH) continue;
        await send(batch);
        done += batch.length;
        onProgress(done);
        batch = [];
      }
      if (batch.length > 0) await send(batch);
    },
    ask: async (q) => {
      const started = performance.now();
      const text = await request('GET', `/search?q=${encodeURIComponent(q)}&limit=10`);
      const milliseconds = performance.now() - started;
      const { hits } = JSON.parse(text) as { hits: { id: string }[] };
      return { milliseconds, ids: hits.map(({ id }) => id) };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
