import type { Declaration } from '@run-edges/edges';

/**
 * Where the metadata servers of callers without an address are: those of services come first, then the stranger's, then
 * theirs, in the order of the declaration. 0, any free port, for what is not declared.
 */
export function metadataPorts(
  { services, jobs = [], workerPools = [] }: Declaration,
  first: number,
): (name: string) => number {
  const names = [...jobs, ...workerPools].map(({ name }) => name);
  return (name) => (first === 0 || !names.includes(name) ? 0 : first + services.length + 1 + names.indexOf(name));
}
