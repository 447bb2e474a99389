import { createHash } from 'node:crypto';
import { ownEntry } from '../internal/own-entry.ts';

/** The Google Cloud project that the emulator plays. */
export interface Project {
  /** Project id: 6 to 30 characters. */
  readonly id: string;
  /** Project number: digits. */
  readonly number: string;
  /** Cloud Run region, for example `us-central1`. */
  readonly region: string;
}

export const localProject: Project = { id: 'run-edges-local', number: '100000000001', region: 'us-central1' };

/** Region codes in `run.app` host names are short forms; those that Google documents, and a stand-in for the rest. */
const regionCodes: Readonly<Record<string, string>> = { 'us-central1': 'uc', 'europe-west1': 'ew', 'us-east1': 'ue' };

/**
 * The host names under which Cloud Run serves a service: the deterministic one and the one with the project's
 * hash, which is the same ten characters for every service of a project.
 * @see https://docs.cloud.google.com/run/docs/triggering/https-request#url
 */
export function runAppHosts(service: string, project: Project): readonly [string, string] {
  const hash = createHash('sha256').update(project.id).digest('hex').slice(0, 10);
  const code = ownEntry(regionCodes, project.region) ?? project.region.replaceAll('-', '').slice(0, 4);
  return [`${service}-${project.number}.${project.region}.run.app`, `${service}-${hash}-${code}.a.run.app`];
}
