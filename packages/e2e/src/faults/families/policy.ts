import type { Family } from '../fault.ts';
import type { World } from '../world/world.ts';

/** Seconds until a change counts, and what the emulator's clock of whole seconds may add. */
const DELAY_S = 1;
const ROUNDING_MS = 1_100;

/** Revoked edges must be refused once the change counts, and granted ones allowed. */
export const policy: Family = {
  name: 'policy in flight',
  on: 'SQLite',
  faults: [
    {
      name: 'login may not call user-profiles for a while',
      short: true,
      begin: (world) => revoke(world, 'login', 'user-profiles', DELAY_S),
      end: (world) => grant(world, 'login', 'user-profiles', DELAY_S),
    },
    {
      name: 'user-profiles may not call search for a while',
      begin: (world) => revoke(world, 'user-profiles', 'search', DELAY_S),
      end: (world) => grant(world, 'user-profiles', 'search', DELAY_S),
    },
    {
      name: 'login may call search for a while',
      begin: (world) => grant(world, 'login', 'search', DELAY_S),
      end: (world) => revoke(world, 'login', 'search', DELAY_S),
    },
  ],
};

export function grant(world: World, caller: string, receiver: string, delayS = 0): Promise<void> {
  return change(world, 'grant', caller, receiver, delayS);
}

export function revoke(world: World, caller: string, receiver: string, delayS = 0): Promise<void> {
  return change(world, 'revoke', caller, receiver, delayS);
}

async function change(world: World, how: 'grant' | 'revoke', caller: string, receiver: string, delayS: number) {
  await world.ask({ do: 'faults', change: { policyDelay: delayS } });
  const acknowledged = world.policy.change(
    caller,
    receiver,
    how === 'grant',
    delayS === 0 ? 0 : delayS * 1_000 + ROUNDING_MS,
  );
  await world.ask({ do: how, caller, receiver });
  acknowledged();
}
