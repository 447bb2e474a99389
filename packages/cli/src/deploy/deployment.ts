import type { Declaration } from '@run-edges/edges';
import type { PublicAccess } from '../deployment/wanted.ts';
import type { OwnApps } from '../own-apps.ts';
import type { ImageFlags } from './images.ts';

/** What `run-edges deploy` is asked for. */
export interface Deployment extends ImageFlags {
  readonly declaration: Declaration;
  readonly project: string;
  readonly region: string;
  readonly databases: ReadonlyMap<string, string>;
  readonly cloudSql: string | undefined;
  /** Which services keep data in their containers, unless they have a database. */
  readonly keepsData: OwnApps['has'] | undefined;
  readonly publicAccess: PublicAccess;
  readonly tester?: string;
  readonly prune: boolean;
  readonly adopt: boolean;
  /** Seconds. */
  readonly wait: number;
  readonly path: string;
  /** Print the script for an empty project, and ask gcloud nothing. */
  readonly dryRun: boolean;
  /** Read the project, print what would change, and change nothing. */
  readonly plan: boolean;
  /** Print the plan as JSON, and nothing else. */
  readonly json: boolean;
  /** Do not ask before changing something. */
  readonly yes: boolean;
}
