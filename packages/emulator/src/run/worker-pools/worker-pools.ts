import type { Project } from '../../identity/project.ts';
import { isEnding } from '../../internal/ending.ts';
import type { EmulatorError } from '../../internal/errors.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { Undo } from '../../internal/remember.ts';
import type { Callers } from '../callers.ts';
import type { LogLine, StateChange } from '../revisions/create-service-runtime.ts';
import { type Machine, prepareContainer } from '../revisions/prepare-container.ts';
import type { OpenPrincipal, Principal } from '../revisions/principal.ts';
import { createServicePrincipals, type ServicePrincipals } from '../revisions/service-principals.ts';
import type { ContainerState } from '../runtime/container.ts';
import { annotation, type Condition, type KnativeRevision } from '../services/knative.ts';
import { newMetadata, newRevision, newVersion } from '../services/new-objects.ts';
import { conflict, InvalidField, notFound, serviceExists } from '../services/run-errors.ts';
import type { DeployedWorkerPool, DesiredWorkerPool, WorkerPool } from './worker-pool.ts';
import { workerPoolProblem } from './worker-pool-problem.ts';
import { createWorkers, type Workers } from './workers.ts';

/** Who asks for a change. */
export interface WorkerPoolChange {
  /** An e-mail, or a whole member. */
  readonly by: string;
  /** What would be is answered, and nothing is done. */
  readonly dryRun?: boolean;
}

/** Cloud Run's worker pools: what was asked for, and their instances, which run all the time. */
export interface RunWorkerPools extends Callers {
  list(): readonly WorkerPool[];
  find(name: string): DeployedWorkerPool | undefined;
  /** @throws GoogleError ALREADY_EXISTS, INVALID_ARGUMENT */
  create(desired: DesiredWorkerPool, change: WorkerPoolChange): WorkerPool;
  /** @param version the `resourceVersion` that the change was made to; undefined: whatever is there @throws GoogleError */
  replace(desired: DesiredWorkerPool, change: WorkerPoolChange, version: string | undefined): WorkerPool;
  /** @throws GoogleError NOT_FOUND */
  remove(name: string): void;
  /** How its instances are; undefined where there is no such pool. */
  stateOf(name: string): ContainerState | undefined;
  /** Resolves when the pool is as it was last asked to be; rejects with what is in the way. */
  ready(name: string): Promise<void>;
  /** Brings up what was deployed before. */
  restore(deployed: DeployedWorkerPool): void;
  /** The way back to what is asked for now. */
  remember(): Undo;
  /** Stops what runs. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface RunWorkerPoolsOptions {
  readonly project: Project;
  readonly machine: Machine;
  readonly openPrincipal: OpenPrincipal;
  /** Where the metadata server of a pool is; 0 for any free port. */
  readonly portOf: (name: string) => number;
  readonly onLog: ((line: LogLine) => void) | undefined;
  readonly onState: ((change: StateChange) => void) | undefined;
  readonly onChange: () => void;
  /** A pool was deleted, and what belongs to it goes, too. */
  readonly onRemoved: (name: string) => void;
}

/** What runs of a pool, whether the pool is still there or not. */
interface Runtime {
  readonly servers: ServicePrincipals;
  principal?: Principal;
  workers?: Workers;
  /** What is in the way of what was asked for last. */
  failed?: Error;
  /** One thing after another. */
  work: Promise<void>;
}

const MOST_REVISIONS = 1000;

export function createRunWorkerPools(options: RunWorkerPoolsOptions): RunWorkerPools {
  const { project, machine, openPrincipal, portOf, onLog, onState, onChange, onRemoved } = options;
  const pools = new Map<string, DeployedWorkerPool>();
  const runtimes = new Map<string, Runtime>();

  return {
    kind: 'workerPool',
    principals: () =>
      [...pools.keys()].flatMap((name) => {
        const principal = runtimes.get(name)?.principal;
        return principal === undefined ? [] : [principal];
      }),
    env: ({ name }) => runtimes.get(name)?.workers?.env ?? {},
    list: () => [...pools.values()].map(({ pool }) => pool),
    find: (name) => pools.get(name),
    create(desired, change) {
      const { name } = desired.metadata;
      refuseAtTheEnd();
      if (pools.has(name)) throw serviceExists(name);
      refuse(workerPoolProblem(desired, []));
      return apply({ pool: blank(name, project, change.by), revisions: [] }, desired, change);
    },
    replace(desired, change, version) {
      const { name } = desired.metadata;
      refuseAtTheEnd();
      const current = poolNamed(name);
      const { resourceVersion } = current.pool.metadata;
      if (version !== undefined && version !== resourceVersion) throw conflict(name, version, resourceVersion);
      refuse(
        workerPoolProblem(
          desired,
          current.revisions.map(({ metadata }) => metadata.name),
        ),
      );
      return apply(current, desired, change);
    },
    remove(name) {
      poolNamed(name);
      pools.delete(name);
      enqueue(name);
      onRemoved(name);
      onChange();
    },
    stateOf(name) {
      const runtime = pools.has(name) ? runtimes.get(name) : undefined;
      if (runtime === undefined) return undefined;
      const state = runtime.workers?.state ?? 'starting';
      return state === 'starting' && runtime.failed !== undefined ? 'crashed' : state;
    },
    async ready(name) {
      await runtimes.get(name)?.work;
      const failed = runtimes.get(name)?.failed;
      if (failed !== undefined) throw failed;
    },
    restore(deployed) {
      const { name } = deployed.pool.metadata;
      pools.set(name, deployed);
      enqueue(name);
    },
    remember() {
      const before = new Map(pools);
      return () => {
        const names = new Set([...pools.keys(), ...before.keys()]);
        const changed = [...names].filter((name) => pools.get(name)?.pool.spec !== before.get(name)?.pool.spec);
        pools.clear();
        for (const [name, deployed] of before) pools.set(name, deployed);
        for (const name of changed) enqueue(name);
      };
    },
    async stop() {
      await Promise.all([...runtimes.values()].map(async ({ work, workers }) => Promise.all([workers?.stop(), work])));
    },
    async close() {
      await Promise.all([...runtimes.values()].map(({ servers }) => servers.close()));
    },
  };

  /** Nothing that could not be carried out any more is acknowledged. */
  function refuseAtTheEnd(): void {
    if (machine.ending.aborted) throw new GoogleError('UNAVAILABLE', 'run-edges is stopping.');
  }

  function poolNamed(name: string): DeployedWorkerPool {
    const deployed = pools.get(name);
    if (deployed === undefined) throw notFound('WORKERPOOL', name, project);
    return deployed;
  }

  /** Writes down what is asked for and begins to bring it about. */
  function apply(current: DeployedWorkerPool, desired: DesiredWorkerPool, change: WorkerPoolChange): WorkerPool {
    const { name } = desired.metadata;
    const revision = revisionOf(desired, current.pool.metadata.generation + 1, project, change.by);
    const pool = asAsked(current.pool, desired, revision, change, project);
    if (change.dryRun === true) return pool;
    pools.set(name, { pool, revisions: [...current.revisions, revision].slice(-MOST_REVISIONS) });
    enqueue(name);
    onChange();
    return pool;
  }

  function runtimeOf(name: string): Runtime {
    const known = runtimes.get(name);
    if (known !== undefined) return known;
    const servers = createServicePrincipals({ name, port: portOf(name), open: openPrincipal });
    const made: Runtime = { servers, work: Promise.resolve() };
    runtimes.set(name, made);
    return made;
  }

  function enqueue(name: string): void {
    const runtime = runtimeOf(name);
    runtime.work = runtime.work.then(() => bringAbout(name, runtime));
  }

  /** Brings up what is asked for now; what ran before goes on until it is there. Never rejects. */
  async function bringAbout(name: string, runtime: Runtime): Promise<void> {
    const wanted = pools.get(name);
    const before = runtime.workers;
    delete runtime.failed;
    if (wanted === undefined) {
      delete runtime.workers;
      delete runtime.principal;
      await before?.stop();
      await runtime.servers.end(() => true);
      return;
    }
    const { pool, revisions } = wanted;
    const revision = revisions.at(-1)?.metadata.name ?? '';
    if (before?.revision === revision) return;
    try {
      const deployed = { name, metadata: { annotations: pool.metadata.annotations }, spec: pool.spec.template.spec };
      const prepared = await prepareContainer(deployed, runtime.servers.of, machine);
      const { instances } = pool.spec;
      const workers = createWorkers({ pool: name, revision, instances, prepared, onLog, onState });
      runtime.principal = prepared.principal;
      runtime.workers = workers;
      await workers.start();
      // All was stopped meanwhile.
      if (machine.ending.aborted) await workers.stop();
      await before?.stop();
      await runtime.servers.end((other) => other !== prepared.principal);
      became(name, pool, ready(now()), revision);
    } catch (error) {
      if (isEnding(error)) return;
      if (before !== undefined) runtime.workers = before;
      runtime.failed = error as Error;
      const { message, mend = '' } = error as EmulatorError;
      became(name, pool, [
        {
          type: 'Ready',
          status: 'False',
          reason: 'RevisionFailed',
          message: `${message} ${mend}`.trim(),
          lastTransitionTime: now(),
        },
      ]);
    }
    onChange();
  }

  /** Where it was not changed meanwhile. */
  function became(name: string, asked: WorkerPool, conditions: readonly Condition[], revision?: string): void {
    const current = pools.get(name);
    if (current === undefined || current.pool.metadata.generation !== asked.metadata.generation) return;
    const { metadata, status, ...rest } = current.pool;
    const latest = revision === undefined ? {} : { latestReadyRevision: revision };
    pools.set(name, {
      pool: {
        ...rest,
        metadata: { ...metadata, resourceVersion: newVersion() },
        status: { ...status, ...latest, conditions },
      },
      revisions: current.revisions.map((one, at, all) =>
        at === all.length - 1 ? { ...one, status: { ...one.status, conditions } } : one,
      ),
    });
  }
}

function blank(name: string, project: Project, by: string): WorkerPool {
  return {
    metadata: {
      ...newMetadata('run.googleapis.com', 'workerpools', name, project),
      annotations: { [annotation.creator]: by },
    },
    spec: { instances: 0, template: { spec: { containers: [] } } },
    status: { observedGeneration: 0, conditions: [] },
  };
}

function asAsked(
  { metadata, status }: WorkerPool,
  desired: DesiredWorkerPool,
  revision: KnativeRevision,
  { by }: WorkerPoolChange,
  project: Project,
): WorkerPool {
  const generation = metadata.generation + 1;
  return {
    metadata: {
      ...metadata,
      generation,
      resourceVersion: newVersion(),
      labels: { ...desired.metadata.labels, 'cloud.googleapis.com/location': project.region },
      annotations: {
        ...desired.metadata.annotations,
        [annotation.creator]: metadata.annotations[annotation.creator] ?? by,
        [annotation.lastModifier]: by,
      },
    },
    spec: desired.spec,
    status: {
      ...status,
      observedGeneration: generation,
      latestCreatedRevision: revision.metadata.name,
      conditions: [{ type: 'Ready', status: 'Unknown', lastTransitionTime: now() }],
    },
  };
}

function revisionOf(
  { metadata, spec }: DesiredWorkerPool,
  generation: number,
  project: Project,
  by: string,
): KnativeRevision {
  return newRevision({ metadata, spec: { template: spec.template, traffic: [] } }, generation, project, by);
}

function ready(lastTransitionTime: string): Condition[] {
  return [{ type: 'Ready', status: 'True', lastTransitionTime }];
}

function refuse(problem: string | undefined): void {
  if (problem === undefined) return;
  const [, field = '', description = ''] = /^(\S+): (.*)$/s.exec(problem) ?? [];
  throw new InvalidField(field, description);
}

function now(): string {
  return new Date().toISOString();
}
