import type { Family, Fault } from '../fault.ts';
import { APPS, type Part, type World } from '../world/world.ts';
import { grant, revoke } from './policy.ts';

const OFF_S = 30 * 60;
const short = new Set(['all apps 30 min ahead', 'of new tokens 30 min ahead']);

/** Set off, and set right again while all runs. */
export const clocks: Family = {
  name: 'clocks',
  on: 'SQLite',
  faults: [
    ...[...APPS, 'google' as const].flatMap((part) => bothWays(part === 'google' ? 'Google' : part, [part])),
    ...bothWays('all apps', APPS),
    ...[OFF_S, -OFF_S].map((seconds) => ofTokens(seconds)),
    {
      name: 'Google 30 min ahead, and an edge is granted and revoked meanwhile',
      short: true,
      spoilsTokens: true,
      begin: async (world) => {
        await setAll(world, ['google'], OFF_S);
        await grant(world, 'login', 'search');
        await revoke(world, 'login', 'search');
      },
      end: (world) => setAll(world, ['google'], 0),
    },
  ],
};

function bothWays(who: string, parts: readonly Part[]): Fault[] {
  return [OFF_S, -OFF_S].map((seconds) => {
    const name = `${who} 30 min ${seconds > 0 ? 'ahead' : 'behind'}`;
    return {
      name,
      short: short.has(name),
      spoilsTokens: true,
      begin: (world) => setAll(world, parts, seconds),
      end: (world) => setAll(world, parts, 0),
    };
  });
}

async function setAll(world: World, parts: readonly Part[], seconds: number): Promise<void> {
  await Promise.all(parts.map((part) => world.setClock(part, seconds)));
}

/** Those who make tokens have another clock than the gates; the apps ask for new ones. */
function ofTokens(seconds: number): Fault {
  const name = `of new tokens 30 min ${seconds > 0 ? 'ahead' : 'behind'}`;
  return {
    name,
    short: short.has(name),
    spoilsTokens: true,
    begin: async (world) => {
      await world.ask({ do: 'faults', change: { clockSkew: seconds } });
      await world.ask({ do: 'rotate', withdraw: true });
    },
    end: async (world) => void (await world.ask({ do: 'faults', change: { clockSkew: 0 } })),
  };
}
