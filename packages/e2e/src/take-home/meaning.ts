import type { Calling, Declaration, Workload } from '@run-edges/edges';

/**
 * What a declaration says of who may call whom and how that is deployed. Left out is the file's own name, the order of
 * entries, and what runs where: folders of sources, images and how they are built.
 */
export function meaningOf({
  file: _,
  services,
  jobs = [],
  workerPools = [],
  principals = [],
  ...rest
}: Declaration): object {
  return {
    services: sorted(services.map(withoutCode)),
    jobs: sorted(jobs.map(withoutCode)),
    workerPools: sorted(workerPools.map(withoutCode)),
    principals: sorted(principals),
    ...rest,
  };
}

function withoutCode<T extends Workload>({ source: _, image: _image, build: _build, ...rest }: T) {
  return rest;
}

function sorted<T extends Calling>(entries: readonly T[]): T[] {
  return entries
    .map((entry) => ({ ...entry, calls: entry.calls.toSorted() }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}
