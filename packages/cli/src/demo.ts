import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workload } from '@run-edges/edges';

/**
 * Whether an app is one of the demo's, which stand on @run-edges/service: those alone are given demo people and a
 * database, and keep their data in the container where they have none, so that more than one instance would each have its
 * own. Others decide for themselves.
 */
export function isOfTheDemo({ source, image, build }: Pick<Workload, 'source' | 'image' | 'build'>): boolean {
  if (image !== undefined || build !== undefined) return false;
  try {
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    return Object.hasOwn(manifest.dependencies ?? {}, '@run-edges/service');
  } catch {
    return false;
  }
}

/** The person that everybody may sign in as, where demo people are asked for. */
export const demoPerson = { email: 'ada@example.com', password: 'run-edges-demo' };

/** What makes the demo's apps seed themselves. */
export function demoEnv(people: number): Record<string, string> {
  return { DEMO_PEOPLE: `${people}`, DEMO_EMAIL: demoPerson.email, DEMO_PASSWORD: demoPerson.password };
}
