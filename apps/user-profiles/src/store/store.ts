/** The colours that a person may choose from. */
export const COLOURS = ['slate', 'blue', 'green', 'amber', 'plum', 'violet'] as const;
export type Colour = (typeof COLOURS)[number];

/** What a person says of themselves. */
export interface ProfileInput {
  name: string;
  title: string;
  team: string;
  city: string;
  skills: string[];
  bio: string;
  /** The colour of the disc that stands for a photo. */
  colour: Colour;
  /** Neither found nor shown to anybody else. */
  hidden: boolean;
}

/** A person as the directory keeps them. */
export interface Profile extends ProfileInput {
  id: string;
  email: string;
  /** Counts the writes of this profile, from 1. */
  version: number;
}

/** What search is told of a person. */
export type SearchDocument = Pick<Profile, 'name' | 'title' | 'team' | 'city' | 'skills' | 'bio'>;

/** What search is to know of a profile as of a version. */
export interface Change {
  profileId: string;
  version: number;
  /** `null`: to be deleted from the index. */
  document: SearchDocument | null;
}

/** A change that search has not acknowledged yet. */
export interface OutboxEntry extends Change {
  /** Order of the changes over all profiles. */
  sequence: number;
}

/** The longest that changes are held, in milliseconds: what seems to be held for longer, a clock has been set back since. */
export const LONGEST_HOLD_MS = 60_000;

/** People and the changes on their way to search. */
export interface ProfileStore {
  get(id: string): Promise<Profile | undefined>;
  /** Those of the ids that exist and are not hidden, in the order of the ids. */
  getVisible(ids: readonly string[]): Promise<Profile[]>;
  /**
   * Writes a profile and, in the same transaction, its outbox entry. `email` counts only when the profile is new.
   * A write that changes nothing is none: the version stays.
   * With `expected` only over that version (0: only when there is none); undefined when the version is another.
   */
  put(id: string, email: string, input: ProfileInput, expected?: number): Promise<Profile | undefined>;
  /** Adds the people who are not there yet, with their outbox entries, all or none. */
  add(people: readonly Omit<Profile, 'version'>[]): Promise<void>;
  /** Profiles in the order of their ids, from behind one; the empty string is before all. */
  list(afterId: string, limit: number): Promise<Profile[]>;
  count(): Promise<number>;

  /**
   * Takes changes to deliver them: the oldest of each profile, where nobody holds it, oldest first. They are held for so
   * many milliseconds of the store's clock: nobody else gets them, or later ones of their profiles, before.
   */
  claim(holdFor: number, limit: number): Promise<OutboxEntry[]>;
  /** Search has the changes: forget them. */
  acknowledge(sequences: readonly number[]): Promise<void>;
  /** Holds changes for so many milliseconds from now; 0 lets go of them. */
  hold(sequences: readonly number[], holdFor: number): Promise<void>;
  /** The number of changes that search has not acknowledged. */
  pending(): Promise<number>;
  close(): Promise<void>;
}
