/** Arguments of gcloud. */
export type Command = readonly string[];
