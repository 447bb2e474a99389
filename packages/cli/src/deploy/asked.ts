import type { Wanted } from '../deployment/wanted.ts';
import type { Images } from './images.ts';

export interface Asked {
  readonly wanted: Wanted;
  readonly images: Images;
  readonly databases: ReadonlyMap<string, string>;
  readonly cloudSql?: string;
  /** Who may try the edges as each service. */
  readonly tester?: string;
  /** Take undeclared invokers away, too. */
  readonly prune: boolean;
  /** Deploy over services that somebody else made. */
  readonly adopt: boolean;
}
