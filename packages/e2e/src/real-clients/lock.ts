import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';

const LOOK_MS = 100;
/** SQLITE_BUSY of https://sqlite.org/rescode.html */
const BUSY = 5;

/**
 * Waits until nobody else on this machine holds the lock, and holds it until it is disposed of. The file is a database
 * for its lock alone, which the system takes away from a process that is gone.
 */
export async function lock(file: string): Promise<Disposable> {
  const database = new DatabaseSync(file);
  for (;;)
    try {
      database.exec('BEGIN EXCLUSIVE');
      return { [Symbol.dispose]: () => database.close() };
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== BUSY) throw error;
      await setTimeout(LOOK_MS);
    }
}
