import type { Family } from '../fault.ts';
import type { World } from '../world/world.ts';

const rotate = async (world: World, withdraw = false) => void (await world.ask({ do: 'rotate', withdraw }));
const certs = async (world: World, down: boolean) =>
  void (await world.ask({ do: 'faults', change: { certsDown: down } }));

export const keys: Family = {
  name: 'keys',
  on: 'SQLite',
  faults: [
    {
      name: 'are rotated twice',
      begin: async (world) => {
        await rotate(world);
        await rotate(world);
      },
    },
    { name: 'are withdrawn', short: true, spoilsTokens: true, begin: (world) => rotate(world, true) },
    {
      name: 'are withdrawn twice',
      spoilsTokens: true,
      begin: (world) => rotate(world, true),
      end: (world) => rotate(world, true),
    },
    {
      name: 'cannot be fetched',
      begin: (world) => certs(world, true),
      end: (world) => certs(world, false),
    },
    {
      name: 'cannot be fetched, and are rotated and withdrawn',
      short: true,
      spoilsTokens: true,
      begin: async (world) => {
        await certs(world, true);
        await rotate(world, true);
      },
      end: (world) => certs(world, false),
    },
  ],
};
