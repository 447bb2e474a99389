import { spawnSync } from 'node:child_process';
import { Agent, request } from 'undici';
import type { Family, Fault } from '../fault.ts';
import { PROBED } from '../load/prober.ts';
import { APPS, type App, type Part, type World } from '../world/world.ts';

/** Fewer than any part has open already: not one more can be had. */
const NONE_LEFT = 8;
/** So many connections are wanted at once. */
const CROWD = 40;
/** Who may call a part. */
const CALLERS: Readonly<Partial<Record<Part, App>>> = { 'user-profiles': 'login', search: 'user-profiles' };

export const descriptors: Family = {
  name: 'file descriptors',
  on: 'SQLite',
  possible: () => (spawnSync('prlimit', ['--version']).status === 0 ? true : 'there is no prlimit'),
  faults: [...APPS, 'google' as const].map((part) => usedUp(part)),
};

function usedUp(part: Part): Fault {
  return {
    name: part === 'google' ? 'the emulator has none left' : `${part} has none left`,
    short: part === 'user-profiles',
    begin: async (world) => {
      const token = await tokenFor(world, part);
      world.limitDescriptors(part, NONE_LEFT);
      void crowd(world.urls[part === 'google' ? 'login' : part], token);
    },
    end: async (world) => world.limitDescriptors(part, 'as before'),
  };
}

async function tokenFor(world: World, part: Part): Promise<string | undefined> {
  const caller = CALLERS[part];
  return caller && part !== 'google' ? world.ask({ do: 'token', caller, receiver: part }) : undefined;
}

/** Many at once, each on a connection of its own: what is open already does not do for them. */
async function crowd(url: string, token: string | undefined): Promise<void> {
  const dispatcher = new Agent({ connections: CROWD, pipelining: 1 });
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const one = async () => (await request(`${url}${PROBED}`, { dispatcher, headers })).body.dump();
  await Promise.allSettled(Array.from({ length: CROWD }, one));
  await dispatcher.destroy();
}
