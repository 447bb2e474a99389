/** A folder that looks like a service. */
export interface Candidate {
  /** What it would be called, if names were free. */
  readonly called: string;
  /** From the root; empty: the root itself. */
  readonly folder: string;
  /** What says so: `a start script in apps/web/package.json`. */
  readonly from: string;
  /** How it is started, where no start script is. */
  readonly command?: { readonly value: string | readonly string[]; readonly from: string };
  /** What has to be run first, where a command needs it. */
  readonly build?: string;
  readonly language: 'node' | 'python' | 'go' | 'java' | 'image';
}
