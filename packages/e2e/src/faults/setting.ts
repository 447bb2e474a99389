import { type PostgresServer, startPostgresServer } from '@run-edges/service/testing/postgres-server';
import type { Family } from './fault.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { type Load, startLoad } from './load/load.ts';
import { startWorld, type World } from './world/world.ts';

/** A system under load, in which one thing after another goes wrong. */
export interface Setting extends AsyncDisposable {
  readonly on: Family['on'];
  readonly world: World;
  readonly load: Load;
  readonly ledger: Ledger;
}

/** @throws NoPostgresError where a database server is wanted and none can be had */
export async function startSetting(on: Family['on']): Promise<Setting> {
  await using cleanUp = new AsyncDisposableStack();
  let database: PostgresServer | undefined;
  if (on === 'PostgreSQL') database = cleanUp.use(await startPostgresServer());
  const world = cleanUp.use(await startWorld(database));
  const ledger = openLedger(world);
  const load = cleanUp.use(await startLoad(world, ledger));
  const stack = cleanUp.move();
  return { on, world, load, ledger, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
