import { childrenOf } from '@run-edges/service/testing/postgres-server';
import type { Family, Fault } from '../fault.ts';
import type { World } from '../world/world.ts';

export const sqlite: Family = {
  name: 'SQLite',
  on: 'SQLite',
  faults: (['login', 'user-profiles', 'search'] as const).map((service) => ({
    name: `somebody else writes into the file of ${service} without end`,
    short: service === 'user-profiles',
    begin: async (world) => void (await world.ask({ do: 'lock', service })),
    end: async (world) => void (await world.ask({ do: 'unlock', service })),
  })),
};

export const postgres: Family = {
  name: 'PostgreSQL',
  on: 'PostgreSQL',
  faults: [
    { ...down('is restarted', 'SIGINT'), short: true },
    down('is killed, and started again', 'SIGKILL'),
    {
      name: 'is there, and user-profiles is killed',
      restarts: true,
      begin: async (world) => world.signal('user-profiles', 'SIGKILL'),
    },
    {
      name: 'is frozen',
      begin: async (world) => signalAll(server(world).pid, 'SIGSTOP'),
      end: async (world) => signalAll(server(world).pid, 'SIGCONT'),
    },
  ],
};

function down(name: string, signal: 'SIGINT' | 'SIGKILL'): Fault {
  return {
    name,
    begin: (world) => server(world).halt(signal),
    end: (world) => server(world).start(),
  };
}

function server({ database }: World) {
  if (database === undefined) throw new Error('this world has no database server');
  return database;
}

/** The server and its process for each connection. */
function signalAll(pid: number, signal: NodeJS.Signals): void {
  for (const one of [pid, ...childrenOf(pid)]) process.kill(one, signal);
}
