import type { Family, Fault } from '../fault.ts';
import { APPS, type App } from '../world/world.ts';

const short = new Set(['login is stopped', 'user-profiles is killed', 'search is frozen']);

/** A container that ends is started again by the emulator, as Cloud Run does it. */
export const apps: Family = {
  name: 'apps',
  on: 'SQLite',
  faults: APPS.flatMap((app) => [ends(app, 'stopped', 'SIGTERM'), ends(app, 'killed', 'SIGKILL'), frozen(app)]),
};

function ends(app: App, how: string, signal: NodeJS.Signals): Fault {
  const name = `${app} is ${how}`;
  return { name, restarts: true, short: short.has(name), begin: async (world) => world.signal(app, signal) };
}

function frozen(app: App): Fault {
  const name = `${app} is frozen`;
  return {
    name,
    short: short.has(name),
    begin: async (world) => world.signal(app, 'SIGSTOP'),
    end: async (world) => world.signal(app, 'SIGCONT'),
  };
}
