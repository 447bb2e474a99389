import type { Declaration } from '@run-edges/edges';
import type { Iam } from '../iam/policies/iam.ts';
import { both } from '../internal/remember.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import { declaredWorkerPool } from '../run/worker-pools/declared-worker-pool.ts';
import { changedWorkerPools, workerPoolsStillGood } from '../run/worker-pools/saved-worker-pools.ts';
import {
  createRunWorkerPools,
  type RunWorkerPools,
  type RunWorkerPoolsOptions,
} from '../run/worker-pools/worker-pools.ts';
import type { Declared } from './declared.ts';
import { addressesIn, declaredWorkloads } from './declared-workloads.ts';
import type { Part } from './parts.ts';
import type { SavedState } from './saved-state.ts';

export interface WorkerPoolsPartOptions extends Omit<RunWorkerPoolsOptions, 'onChange' | 'onRemoved'> {
  readonly there: Declared['there'];
  /** What worker pools are told of it. */
  readonly told: (declaration: Declaration) => Declaration;
  readonly iam: Iam;
  /** Who deploys: an e-mail. */
  readonly owner: string;
  readonly kept: KeptState<SavedState>;
}

/** Worker pools, which run as services do, without a gate. */
export function workerPoolsPart(options: WorkerPoolsPartOptions): Part & { readonly workerPools: RunWorkerPools } {
  const { there, told, project, iam, owner, kept } = options;
  const onRemoved = (name: string) => iam.policies.remove(`workerPools/${name}`);
  const workerPools = createRunWorkerPools({ ...options, onChange: kept.save, onRemoved });
  const declared = declaredWorkloads({
    there,
    listIn: (declaration) => declaration.workerPools,
    desired: (pool, declaration) =>
      declaredWorkerPool(pool, project, addressesIn(declaration, project), told(declaration)),
    deployments: { ...workerPools, find: (name) => workerPools.find(name)?.pool },
    ready: workerPools.ready,
    by: owner,
    onGone: onRemoved,
  });
  const { follow, again } = declared;
  return { workerPools, callers: workerPools, start, follow, again, stop: workerPools.stop, close: workerPools.close };

  /** What is declared, but for what was changed or deleted since, and what else was deployed before. */
  async function start(): Promise<void> {
    const saved = workerPoolsStillGood(kept.saved?.workerPools ?? [], declared.all);
    for (const { name, deployed } of saved) {
      if (deployed === null) onRemoved(name);
      else workerPools.restore(deployed);
    }
    const starting = [...declared.all.values()].filter(({ name }) => !saved.some((one) => one.name === name));
    for (const pool of starting) await declared.deploy(pool);
    kept.keep({
      name: 'workerPools',
      save: () => changedWorkerPools(workerPools, declared.all, declared.isAsDeclared),
      remember: () => both(workerPools.remember(), declared.remember()),
    });
    // What was deployed by hand may fail without taking the others along: its status says so.
    await Promise.all(starting.map(({ name }) => workerPools.ready(name)));
  }
}
