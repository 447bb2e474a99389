import { type Declaration, deterministicUrl } from '@run-edges/edges';
import type { Iam } from '../iam/policies/iam.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import { declaredWorkerPool } from '../run/worker-pools/declared-worker-pool.ts';
import { changedWorkerPools, workerPoolsStillGood } from '../run/worker-pools/saved-worker-pools.ts';
import {
  createRunWorkerPools,
  type RunWorkerPools,
  type RunWorkerPoolsOptions,
} from '../run/worker-pools/worker-pools.ts';
import type { Part } from './parts.ts';
import type { SavedState } from './saved-state.ts';

export interface WorkerPoolsPartOptions extends Omit<RunWorkerPoolsOptions, 'onChange' | 'onRemoved'> {
  readonly declaration: Declaration;
  /** Whether what is declared is there; in an empty project nothing is. */
  readonly deployed: boolean;
  readonly iam: Iam;
  readonly emailOf: (name: string) => string;
  /** Who deploys: an e-mail. */
  readonly owner: string;
  readonly kept: KeptState<SavedState>;
}

/** Worker pools, which run as services do, without a gate. */
export function workerPoolsPart(options: WorkerPoolsPartOptions): Part & { readonly workerPools: RunWorkerPools } {
  const { declaration, deployed, project, iam, emailOf, owner, kept } = options;
  const onRemoved = (name: string) => iam.policies.remove(`workerPools/${name}`);
  const workerPools = createRunWorkerPools({ ...options, onChange: kept.save, onRemoved });
  return { workerPools, callers: workerPools, start, stop: workerPools.stop, close: workerPools.close };

  /** What is declared, but for what was changed or deleted since, and what else was deployed before. */
  async function start(): Promise<void> {
    const declared = new Map((deployed ? (declaration.workerPools ?? []) : []).map((pool) => [pool.name, pool]));
    const saved = workerPoolsStillGood(kept.saved?.workerPools ?? [], declared);
    const addresses = { urlOf: (name: string) => deterministicUrl(name, project), emailOf };
    for (const { name, deployed } of saved) {
      if (deployed === null) onRemoved(name);
      else workerPools.restore(deployed);
    }
    const starting = [...declared.values()].filter(({ name }) => !saved.some((one) => one.name === name));
    for (const pool of starting)
      workerPools.create(declaredWorkerPool(pool, project, addresses, declaration), { by: owner });
    kept.keep({
      name: 'workerPools',
      save: () => changedWorkerPools(workerPools, declared),
      remember: workerPools.remember,
    });
    // What was deployed by hand may fail without taking the others along: its status says so.
    await Promise.all(starting.map(({ name }) => workerPools.ready(name)));
  }
}
