import { deterministicUrl } from '@run-edges/edges';
import type { Project } from '../../identity/project.ts';

/**
 * Environment variables with the URLs of this project's services as they are reached on this machine: nobody answers
 * at `https://search-100000000001.us-central1.run.app` here, and the gate's own address is an audience, too.
 */
export async function localised(
  env: Readonly<Record<string, string>>,
  project: Project,
  urlOf: (service: string) => Promise<string>,
): Promise<Record<string, string>> {
  const pattern = new RegExp(deterministicUrl('([a-z](?:[-a-z0-9]*[a-z0-9])?)', project).replaceAll('.', '\\.'), 'g');
  const names = new Set(
    Object.values(env).flatMap((value) => [...value.matchAll(pattern)].map(([, name]) => name ?? '')),
  );
  const urls = new Map(await Promise.all([...names].map(async (name) => [name, await urlOf(name)] as const)));
  return Object.fromEntries(
    Object.entries(env).map(([key, value]) => [
      key,
      value.replaceAll(pattern, (whole, name: string) => urls.get(name) ?? whole),
    ]),
  );
}
