import type { UrlVariable } from './urls.ts';

/** A service as a compose file or one of Knative describes it. */
export interface Described {
  readonly name: string;
  readonly file: string;
  /** The folder that its image is built from, from the root. */
  readonly folder?: string;
  /** Names of those that it waits for. */
  readonly dependsOn: readonly string[];
  readonly urls: readonly UrlVariable[];
}
