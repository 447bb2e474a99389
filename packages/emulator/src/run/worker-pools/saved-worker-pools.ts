import { isDeepStrictEqual } from 'node:util';
import type { WorkerPool as Declared } from '@run-edges/edges';
import { count, list, map, object, orNull, text } from '../../internal/json-shape.ts';
import type { DeployedWorkerPool } from './worker-pool.ts';
import type { RunWorkerPools } from './worker-pools.ts';

/** A worker pool that is otherwise than the declaration says, and what the declaration said then. */
export interface SavedWorkerPool {
  readonly name: string;
  /** Null: it was deleted. */
  readonly deployed: DeployedWorkerPool | null;
  /** Null: it was not declared. */
  readonly declared: Declared | null;
}

const metadata = object({ name: text }, { annotations: map(text), labels: map(text) });

/** What a state file must hold of them. What stands deeper is checked where it is used. */
export const savedWorkerPoolsShape = list(
  object({
    name: text,
    deployed: orNull(
      object({
        pool: object({ metadata, spec: object({ instances: count, template: object({ spec: { type: 'object' } }) }) }),
        revisions: list(object({ metadata, spec: { type: 'object' } })),
      }),
    ),
    declared: orNull({ type: 'object' }),
  }),
);

type AllDeclared = ReadonlyMap<string, Declared>;

/** The worker pools that are not as they were declared. */
export function changedWorkerPools(
  pools: RunWorkerPools,
  declared: AllDeclared,
  isAsDeclared: (name: string) => boolean,
): SavedWorkerPool[] {
  const names = new Set([...declared.keys(), ...pools.list().map(({ metadata }) => metadata.name)]);
  return [...names].flatMap((name) => {
    const deployed = pools.find(name) ?? null;
    if (isAsDeclared(name)) return [];
    return [{ name, deployed, declared: declared.get(name) ?? null }];
  });
}

/** What was saved, except where the declaration was changed meanwhile: then it wins. */
export function workerPoolsStillGood(saved: readonly SavedWorkerPool[], declared: AllDeclared): SavedWorkerPool[] {
  return saved.filter((one) => isDeepStrictEqual(one.declared, declared.get(one.name) ?? null));
}
