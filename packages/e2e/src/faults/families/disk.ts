import type { Family } from '../fault.ts';
import { smallDisk } from '../world/world.ts';

/** The one that the apps and the emulator keep their state on. */
export const disk: Family = {
  name: 'disk',
  on: 'SQLite',
  possible: smallDisk,
  faults: [
    {
      name: 'is full',
      short: true,
      begin: async (world) => void (await world.ask({ do: 'fill' })),
      end: async (world) => void (await world.ask({ do: 'free' })),
    },
  ],
};
