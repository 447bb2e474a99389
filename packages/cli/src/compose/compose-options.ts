export interface ComposeOptions {
  /** The folder of the compose file: build context, and what paths are relative to. */
  readonly folder: string;
  /** Port of the API on the host; the gates take the ones after it, then the metadata servers. */
  readonly port: number;
  /** Demo people to seed. */
  readonly people: number;
}
