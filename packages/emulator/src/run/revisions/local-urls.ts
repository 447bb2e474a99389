import type { Project } from '../../identity/project.ts';
import { isRegion } from '../../identity/regions.ts';

/**
 * Environment variables with the URLs of this project's services as they are reached on this machine: nobody answers
 * at `https://search-100000000001.us-central1.run.app` here, and the gate's own address is an audience, too.
 */
export async function localised(
  env: Readonly<Record<string, string>>,
  project: Project,
  urlOf: (service: string, region: string) => Promise<string>,
  /** Where receivers of others are reached here, by their own URLs. */
  elsewhere: ReadonlyMap<string, string> = new Map(),
): Promise<Record<string, string>> {
  const pattern = new RegExp(
    `https://([a-z](?:[-a-z0-9]*[a-z0-9])?)-${project.number}\\.([a-z0-9-]+)\\.run\\.app`,
    'g',
  );
  const owned = (value: string) => [...elsewhere].reduce((text, [url, here]) => replaced(text, url, here), value);
  const urls = new Map<string, string>();
  for (const value of Object.values(env))
    for (const [url, service = '', region = ''] of value.matchAll(pattern))
      if (!urls.has(url) && isRegion(region, project)) urls.set(url, await urlOf(service, region));
  return Object.fromEntries(
    Object.entries(env).map(([key, value]) => [key, owned(value.replaceAll(pattern, (url) => urls.get(url) ?? url))]),
  );
}

/** The URL alone, or with a path behind it: none that goes on otherwise. */
function replaced(text: string, url: string, here: string): string {
  return text.replaceAll(new RegExp(`${url.replaceAll(/[.[\]]/g, '\\$&')}(?![\\w.:-])`, 'g'), () => here);
}
