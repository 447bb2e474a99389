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

/** What search is told of a person; hidden people are not there. */
export type SearchDocument = Pick<Profile, 'name' | 'title' | 'team' | 'city' | 'skills' | 'bio'>;

/** One change that search has not acknowledged yet. */
export interface OutboxEntry {
  /** Order of the changes over all profiles. */
  sequence: number;
  profileId: string;
  version: number;
  /** `undefined`: to be deleted from the index. */
  document: SearchDocument | undefined;
}

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
  /** Writes many new profiles and their outbox entries at once; resolves to how many there are now. */
  seed(people: Iterable<Omit<Profile, 'version'>>): Promise<number>;
  isEmpty(): Promise<boolean>;

  /** The oldest change of each profile that may be delivered at `now` (milliseconds since the epoch), oldest first. */
  dueChanges(now: number, limit: number): Promise<OutboxEntry[]>;
  /** Search has the change: forget it. */
  acknowledge(sequence: number): Promise<void>;
  /** Nobody delivers the change, or a later one of its profile, before `until`. */
  postpone(sequence: number, until: number): Promise<void>;
  /** The number of changes that search has not acknowledged. */
  pending(): Promise<number>;
  close(): Promise<void>;
}
