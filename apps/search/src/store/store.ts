/** What the index keeps of a person. */
export interface Document {
  name: string;
  title: string;
  team: string;
  city: string;
  skills: string[];
  bio: string;
}

/** A document that matches, with how well: the smaller the score, the better. */
export interface Hit {
  id: string;
  score: number;
}

/** Outcome of a write: the version that is now stored, and whether this write made it so. */
export interface Written {
  version: number;
  applied: boolean;
}

/**
 * The full-text index. Writes carry a version that the owner of the data counts up: one that is not newer than what is
 * stored changes nothing, so that repeated and overtaken deliveries do no harm. A deletion counts as a version too.
 */
export interface SearchStore {
  put(id: string, version: number, document: Document): Promise<Written>;
  delete(id: string, version: number): Promise<Written>;
  /** Documents that contain all the words of the text, each as the beginning of a word; best first. */
  find(text: string, limit: number): Promise<Hit[]>;
  /** Resolves to the number of documents; rejects when the store does not work. */
  count(): Promise<number>;
  close(): Promise<void>;
}
