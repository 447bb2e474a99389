import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnApps } from '../own-apps.ts';
import { colour } from '../terminal/colour.ts';
import { databaseContainer, databaseOf } from './database.ts';
import { followDemoPeople } from './people.ts';

/** The person that everybody may sign in as, where demo people are asked for. */
const person = { email: 'ada@example.com', password: 'run-edges-demo' };

/**
 * Whether an app is one of the demo's, which stand on @run-edges/service: those alone are given demo people and a
 * database, and keep their data in the container where they have none, so that more than one instance would each have its
 * own. Others decide for themselves.
 */
const isOfTheDemo: OwnApps['has'] = ({ source, image, build }) => {
  if (image !== undefined || build !== undefined) return false;
  try {
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    return Object.hasOwn(manifest.dependencies ?? {}, '@run-edges/service');
  } catch {
    return false;
  }
};

/** The apps of this repository. No package has this folder. */
export const demo: OwnApps = {
  has: isOfTheDemo,
  env: (people) => ({ DEMO_PEOPLE: `${people}`, DEMO_EMAIL: person.email, DEMO_PASSWORD: person.password }),
  follow: followDemoPeople,
  signIn({ services }) {
    const login = services.find(({ name }) => name === 'login');
    if (login === undefined) return undefined;
    const [at, email, password] = [login.url, person.email, person.password].map((text) => colour('bold', text));
    return `Sign in at ${at} as ${email} with the password ${password}`;
  },
  database: (service) => ({ name: databaseOf(service), container: databaseContainer(service) }),
};
