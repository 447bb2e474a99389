import { randomBytes } from 'node:crypto';
import { fieldOf, must, type Page, type Visitor, visitor } from './visitor.ts';

/** Does one thing at login; rejects when it is not answered as it should be. */
export type Act = (signal: AbortSignal) => Promise<void>;

/** Somebody who signed up and writes words into the own profile, one after another. */
export interface Writer {
  readonly name: string;
  /** Adds a word. */
  readonly write: Act;
  /** Begins with an empty profile again. */
  begin(): void;
  /** Words whose writing was acknowledged since `begin`. */
  acknowledged(): readonly string[];
  /** Those of them that are not in the profile. */
  lost(signal: AbortSignal): Promise<string[]>;
  /** Rejects unless a search for the newest word finds the writer. */
  readonly isFound: Act;
  /** Somebody who reads as the writer, elsewhere. */
  reader(): Promise<Visitor>;
  readonly personId: string;
}

export async function signUp(origin: string, name: string): Promise<Writer> {
  const signal = AbortSignal.timeout(30_000);
  const email = `${name}-${randomBytes(6).toString('hex')}@people.example`;
  const password = randomBytes(12).toString('hex');
  const at = visitor(origin);
  const form = await at.see('/sign-up', signal);
  const made = await at.send('/sign-up', { _csrf: fieldOf(form, '_csrf'), name, email, password }, signal);
  must(made, made.status === 303, 'signing up');

  let words: string[] = [];
  let number = 0;
  let fresh = true;

  const edit = async (signal: AbortSignal): Promise<Page> => {
    const page = await at.see('/me/edit', signal);
    must(page, page.status === 200, 'the form');
    return page;
  };
  const personId = await findOut(at, name);

  return {
    name,
    personId,
    write: async (signal) => {
      const page = await edit(signal);
      const word = `${name}x${number++}`;
      const bio = fresh ? word : `${fieldOf(page, 'bio')} ${word}`;
      const [_csrf, version, colour] = ['_csrf', 'version', 'colour'].map((field) => fieldOf(page, field));
      const fields = { _csrf, version, colour, name, title: '', team: '', city: '', skills: '', bio };
      const answer = await at.send('/me/edit', fields as Record<string, string>, signal);
      must(answer, answer.status === 303 && answer.location === '/me?note=saved', 'writing');
      fresh = false;
      words.push(word);
    },
    begin: () => {
      words = [];
      fresh = true;
    },
    acknowledged: () => words,
    lost: async (signal) => {
      // Writing goes on: what is acknowledged after this moment may come too late for the form.
      const promised = [...words];
      const kept = new Set(fieldOf(await edit(signal), 'bio').split(' '));
      return promised.filter((word) => !kept.has(word));
    },
    isFound: async (signal) => {
      const word = words.at(-1);
      if (word === undefined) return;
      const page = await at.see(`/people?q=${word}`, signal);
      must(page, page.status === 200 && page.body.includes(`/people/${personId}"`), `finding ${word}`);
    },
    reader: async () => {
      const reader = visitor(origin);
      const signal = AbortSignal.timeout(30_000);
      const form = { _csrf: fieldOf(await reader.see('/', signal), '_csrf'), email, password };
      const answer = await reader.send('/sign-in', form, signal);
      must(answer, answer.status === 303, 'signing in');
      return reader;
    },
  };
}

/** The id of a person whom everybody can find, once the index has heard of them. */
async function findOut(at: Visitor, name: string): Promise<string> {
  for (;;) {
    const page = await at.see(`/people?q=${name}`, AbortSignal.timeout(30_000));
    const id = /href="\/people\/([\w-]+)"/.exec(page.body)?.[1];
    if (id !== undefined) return id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Three ways to read: the own page, somebody's page, and a search through all three services. */
export function readings(reader: Visitor, own: string, { name, personId }: Writer): Act[] {
  const reading =
    (path: string, holds: string): Act =>
    async (signal) => {
      const page = await reader.see(path, signal);
      must(page, page.status === 200 && page.body.includes(holds), path);
    };
  return [
    reading('/me', own),
    reading(`/people/${personId}`, name),
    reading(`/people?q=${name}`, `/people/${personId}"`),
  ];
}
