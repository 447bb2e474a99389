import { readdirSync } from 'node:fs';
import type { Bench } from './bench.ts';

const folder = new URL('./benches/', import.meta.url);

/** The names of the benches: one for each file in `benches/`. */
export function benchNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

export async function loadBench(name: string): Promise<Bench> {
  const module: { readonly bench: Bench } = await import(new URL(`${name}.ts`, folder).href);
  return module.bench;
}
