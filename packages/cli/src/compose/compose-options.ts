import type { OwnApps } from '../own-apps.ts';
import type { Addresses } from './addresses.ts';

export interface ComposeOptions {
  /** The folder of the compose file: build context, and what paths are relative to. */
  readonly folder: string;
  /** Port of the API on the host; the gates take the ones after it, then the metadata servers. */
  readonly port: number;
  readonly addresses: Addresses;
  /** Names of those whose programs know the metadata server by 169.254.169.254 alone. */
  readonly metadataIp: readonly string[];
  /** Apps of the repository itself, if it has some. */
  readonly own: OwnApps | undefined;
  /** How many people its own apps are filled with. */
  readonly people: number;
}
