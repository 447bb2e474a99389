import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** MiB of heap and buffers that are held right now, garbage not counted. */
export function heldMemory(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}

/** MiB that stay when all that can go has gone. */
export async function settledMemory(): Promise<number> {
  // What was closed in this turn is let go in the next ones.
  for (let round = 0; round < 5; round++) {
    await new Promise(setImmediate);
    collect();
  }
  return heldMemory();
}
