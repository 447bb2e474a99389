import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** What became of a request: a status, or the code of an error. */
export interface Outcome {
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly begun: number;
  readonly became: string;
}

export interface Visit {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Some visitors ask again and again while an action runs, each request on a connection of its own. */
export async function loadDuring(visits: readonly Visit[], action: () => Promise<unknown>): Promise<Outcome[]> {
  let over = false;
  const outcomes: Outcome[] = [];
  const visitors = visits.map(async ({ url, headers = {} }) => {
    while (!over) {
      const begun = Date.now();
      const became = await ask(url, headers).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
      outcomes.push({ url, begun, became });
    }
  });
  await action().finally(() => {
    over = true;
  });
  await Promise.all(visitors);
  return outcomes;
}

/** The status of an answer that came in full. */
async function ask(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const [response] = (await once(get(url, { agent: false, headers }), 'response')) as [IncomingMessage];
  await text(response);
  return `${response.statusCode}`;
}
