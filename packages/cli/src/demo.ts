import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether an app is one of the demo's: those keep their data in the container where no DATABASE_URL is given, so that
 * more than one instance would each have its own. Others decide for themselves.
 */
export function keepsItsData({ source }: { readonly source: string }): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    return Object.hasOwn(manifest.dependencies ?? {}, '@run-edges/service');
  } catch {
    return false;
  }
}

/** The person that everybody may sign in as, where demo people are asked for. */
export const demoPerson = { email: 'ada@example.com', password: 'run-edges-demo' };

/** What makes the apps seed themselves. Services that know nothing of it ignore it. */
export function demoEnv(people: number): Record<string, string> {
  return { DEMO_PEOPLE: `${people}`, DEMO_EMAIL: demoPerson.email, DEMO_PASSWORD: demoPerson.password };
}
