import { setTimeout as delay } from 'node:timers/promises';
import { run } from './engine.ts';

const UNITS: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Bytes that a container uses: the median of three looks, as the health check is a process of its own now and then. */
export async function memoryOf(container: string): Promise<number> {
  const looks: number[] = [];
  for (let count = 0; count < 3; count++) {
    const shown = await run(['docker', 'stats', '--no-stream', '--format', '{{.MemUsage}}', container]);
    const [, amount, unit = ''] = /^([\d.]+)(\w+)/.exec(shown) ?? [];
    looks.push(Number(amount) * (UNITS[unit] ?? Number.NaN));
    await delay(300);
  }
  return looks.sort((one, other) => one - other)[1] ?? Number.NaN;
}
