import type { Declaration } from '@run-edges/edges';
import type { PublicAccess } from '../deployment/wanted.ts';
import type { ImageFlags } from './images.ts';

/** What `run-edges deploy` is asked for. */
export interface Deployment extends ImageFlags {
  readonly declaration: Declaration;
  readonly project: string;
  readonly region: string;
  readonly databases: ReadonlyMap<string, string>;
  readonly cloudSql: string | undefined;
  readonly stateless: boolean;
  readonly publicAccess: PublicAccess;
  readonly tester?: string;
  readonly prune: boolean;
  readonly adopt: boolean;
  /** Seconds. */
  readonly wait: number;
  readonly path: string;
  readonly dryRun: boolean;
}
