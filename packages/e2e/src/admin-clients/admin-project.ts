import { join } from 'node:path';
import type { Output } from '../real-clients/run-program.ts';
import { type SmallCloud, startSmallCloud } from '../real-clients/small-cloud.ts';
import { toolEnv } from '../support/tool-env.ts';
import type { Said } from './stories.ts';

/** A project of services, and a developer who owns it. */
export interface AdminProject extends AsyncDisposable {
  readonly small: SmallCloud;
  readonly id: string;
  /** `projects/ID/locations/REGION` */
  readonly parent: string;
  /** What programs are told of it: the API's address, the project, the region. */
  readonly args: readonly [url: string, project: string, region: string];
  /** The environment that `run-edges env` gives the developer, for programs that know nothing of run-edges. */
  readonly env: Record<string, string>;
}

export async function startAdminProject(): Promise<AdminProject> {
  const small = await startSmallCloud();
  const { url, project, developerToken } = small.cloud;
  const folder = join(small.folder, 'developer');
  const env = await toolEnv(['--target', url, '--folder', folder], { RUN_EDGES_TOKEN: developerToken });
  return {
    small,
    id: project.id,
    parent: `projects/${project.id}/locations/${project.region}`,
    args: [url, project.id, project.region],
    env: { HOME: small.folder, ...env },
    [Symbol.asyncDispose]: () => small[Symbol.asyncDispose](),
  };
}

/** What a program printed. @throws with all that it said where it failed */
export function saidBy({ code, stdout, stderr }: Output): Said {
  if (code !== 0) throw new Error(`it ended with ${code}:\n${stdout}\n${stderr}`);
  return JSON.parse(stdout);
}
