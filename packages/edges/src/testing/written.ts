import type { Calling, Declaration, ExternalReceiver, Sender } from '../declaration.ts';

/** A declaration as a file would say it, every default written out. */
export function written({
  services,
  jobs,
  workerPools,
  principals,
  external,
  senders,
  accepted,
  never,
}: Declaration): object {
  return {
    services: byName(services),
    ...(jobs && { jobs: byName(jobs) }),
    ...(workerPools && { workerPools: byName(workerPools) }),
    ...(principals && { principals: byName(principals) }),
    ...(external && { external: byName(external) }),
    ...(senders && { senders: Object.fromEntries(senders.map(asWritten)) }),
    ...(accepted && { accepted }),
    ...(never && { never: never.map(({ caller, receiver }) => `${caller} -> ${receiver}`) }),
  };
}

function asWritten({ name, kind: _, calls: __, ...rest }: Sender): [string, object] {
  return [name, rest];
}

function byName(entries: readonly (Calling | ExternalReceiver)[]): object {
  return Object.fromEntries(
    entries.map(({ name, ...rest }) => [name, 'calls' in rest ? withEdges(rest) : rest] as const),
  );
}

function withEdges({ calls, limits = {}, ...rest }: Omit<Calling, 'name'>): object {
  const edges = calls.map((to) => {
    const limit = limits[to];
    if (limit === undefined) return to;
    // An empty list of paths is not written: it would say that none may be called.
    return { to, ...(limit.paths.length > 0 && { paths: limit.paths }), ...(limit.until && { until: limit.until }) };
  });
  return { ...rest, calls: edges };
}
