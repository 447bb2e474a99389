import type { Project } from '../../identity/project.ts';
import { isEnding } from '../../internal/ending.ts';
import { EmulatorError } from '../../internal/errors.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { Undo } from '../../internal/remember.ts';
import type { Callers } from '../callers.ts';
import type { LogLine } from '../revisions/create-service-runtime.ts';
import type { Machine } from '../revisions/prepare-container.ts';
import type { OpenPrincipal } from '../revisions/principal.ts';
import type { Condition } from '../services/knative.ts';
import { newMetadata, newVersion } from '../services/new-objects.ts';
import { conflict, InvalidField, notFound, serviceExists } from '../services/run-errors.ts';
import { runAttempt } from './attempt.ts';
import type { DesiredJob } from './desired-job.ts';
import type { Execution } from './execution.ts';
import { createExecutions, type Executions } from './executions.ts';
import { createJobIdentities } from './job-identities.ts';
import { jobProblem } from './job-problem.ts';
import { jobAnnotation, type KnativeJob, label } from './knative-job.ts';
import { type Overrides, overridden } from './overrides.ts';

/** Who asks for a change. */
export interface JobChange {
  /** An e-mail, or a whole member. */
  readonly by: string;
  /** What would be is answered, and nothing is done. */
  readonly dryRun?: boolean;
}

/** Cloud Run's jobs, and their runs. */
export interface RunJobs extends Callers {
  list(): readonly KnativeJob[];
  find(name: string): KnativeJob | undefined;
  /** @throws GoogleError ALREADY_EXISTS, INVALID_ARGUMENT */
  create(desired: DesiredJob, change: JobChange): Promise<KnativeJob>;
  /** @param version the `resourceVersion` that the change was made to; undefined: whatever is there @throws GoogleError */
  replace(desired: DesiredJob, change: JobChange, version: string | undefined): Promise<KnativeJob>;
  /** Ends its executions, too. @throws GoogleError NOT_FOUND */
  remove(name: string): void;
  /** @throws GoogleError NOT_FOUND, FAILED_PRECONDITION, INVALID_ARGUMENT, RESOURCE_EXHAUSTED */
  run(name: string, by: string, overrides?: Overrides): Promise<Execution>;
  readonly executions: Omit<Executions, 'start' | 'stop'>;
  /** Brings back what was deployed before. */
  restore(job: KnativeJob): Promise<void>;
  /** The way back to what is deployed now; executions stay as they are. */
  remember(): Undo;
  /** Ends what runs. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface RunJobsOptions {
  readonly project: Project;
  readonly machine: Machine;
  readonly openPrincipal: OpenPrincipal;
  /** Where the metadata server of a job is; 0 for any free port. */
  readonly portOf: (name: string) => number;
  readonly onLog: ((line: LogLine) => void) | undefined;
  readonly onChange: () => void;
  /** A job was deleted, and what belongs to it goes, too. */
  readonly onRemoved: (name: string) => void;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 10_000;

export function createRunJobs(options: RunJobsOptions): RunJobs {
  const { project, machine, onLog, onChange, onRemoved } = options;
  const jobs = new Map<string, KnativeJob>();
  const identities = createJobIdentities(options);
  const executions = createExecutions();

  return {
    kind: 'job',
    principals: identities.principals,
    env: ({ name }) => identities.env(name),
    list: () => [...jobs.values()].map(shown),
    find(name) {
      const job = jobs.get(name);
      return job && shown(job);
    },
    executions,
    async create(desired, change) {
      const { name } = desired.metadata;
      refuseAtTheEnd();
      if (jobs.has(name)) throw serviceExists(name);
      refuse(jobProblem(desired));
      const blank = newJob(name, project, change.by);
      if (change.dryRun === true) return asAsked(blank, desired, change, undefined, project);
      const job = await settled(blank, desired, change);
      if (jobs.has(name)) throw serviceExists(name);
      jobs.set(name, job);
      onChange();
      return shown(job);
    },
    async replace(desired, change, version) {
      const { name } = desired.metadata;
      refuseAtTheEnd();
      const current = jobNamed(name);
      const { resourceVersion } = current.metadata;
      if (version !== undefined && version !== resourceVersion) throw conflict(name, version, resourceVersion);
      refuse(jobProblem(desired));
      if (change.dryRun === true) return asAsked(current, desired, change, undefined, project);
      const job = await settled(current, desired, change);
      if (jobs.get(name) !== current) throw conflict(name, resourceVersion, jobNamed(name).metadata.resourceVersion);
      jobs.set(name, job);
      onChange();
      return shown(job);
    },
    remove(name) {
      jobNamed(name);
      takeAway(name);
      onRemoved(name);
      onChange();
    },
    async run(name, by, overrides) {
      refuseAtTheEnd();
      const job = jobNamed(name);
      const { spec: own } = job.spec.template;
      const spec = overrides === undefined ? own : overridden(own, overrides);
      const { command, source, env, startProcess, notes } = await identities
        .prepare(job, spec)
        .catch((error: Error) => {
          throw isEnding(error) || !(error instanceof EmulatorError)
            ? error
            : notReady(name, `${error.message} ${error.mend}`);
        });
      refuseAtTheEnd();
      if (jobs.get(name) !== job) throw notFound('JOB', name, project);
      const log = (line: string, stream: LogLine['stream']) => onLog?.({ service: name, line, stream });
      for (const note of notes) log(note, 'stderr');
      const timeout = (spec.template.spec.timeoutSeconds ?? 600) * 1000;
      return executions.start({
        job,
        spec,
        by,
        project,
        onLog: log,
        attempt: (tried) =>
          runAttempt({
            ...tried,
            command,
            source,
            timeout,
            stopGrace: STOP_GRACE_MS,
            startProcess,
            env: { ...env, ...tried.env },
          }),
      });
    },
    async restore(job) {
      jobs.set(job.metadata.name, job);
      const problem = await identities.settle(job);
      jobs.set(job.metadata.name, { ...job, status: statusOf(job.metadata.generation, problem) });
    },
    remember() {
      const before = new Map(jobs);
      return () => {
        for (const name of jobs.keys()) if (!before.has(name)) takeAway(name);
        jobs.clear();
        for (const [name, job] of before) {
          jobs.set(name, job);
          void identities.settle(job).catch(() => undefined);
        }
      };
    },
    stop: () => executions.stop(),
    async close() {
      await executions.stop();
      await identities.close();
    },
  };

  /** Nothing that could not be carried out any more is acknowledged. */
  function refuseAtTheEnd(): void {
    if (machine.ending.aborted) throw new GoogleError('UNAVAILABLE', 'run-edges is stopping.');
  }

  function jobNamed(name: string): KnativeJob {
    const job = jobs.get(name);
    if (job === undefined) throw notFound('JOB', name, project);
    return job;
  }

  function takeAway(name: string): void {
    jobs.delete(name);
    executions.removeAll(name);
    void identities.forget(name);
  }

  /** As it was asked for, with its metadata server, and whether it could be run. */
  async function settled(current: KnativeJob, desired: DesiredJob, change: JobChange): Promise<KnativeJob> {
    const asked = asAsked(current, desired, change, undefined, project);
    return asAsked(current, desired, change, await identities.settle(asked), project);
  }

  /** With what became of it. */
  function shown(job: KnativeJob): KnativeJob {
    const { name } = job.metadata;
    const [latest] = executions.list(name);
    if (latest === undefined) return job;
    const { metadata, status } = latest.shown();
    return {
      ...job,
      status: {
        ...job.status,
        executionCount: executions.count(name),
        latestCreatedExecution: {
          name: latest.name,
          creationTimestamp: metadata.creationTimestamp,
          completionStatus: latest.status,
          ...(status.completionTime === undefined ? {} : { completionTimestamp: status.completionTime }),
        },
      },
    };
  }
}

function newJob(name: string, project: Project, by: string): KnativeJob {
  return {
    apiVersion: 'run.googleapis.com/v1',
    kind: 'Job',
    metadata: {
      ...newMetadata('run.googleapis.com', 'jobs', name, project),
      annotations: { [jobAnnotation.creator]: by },
    },
    spec: { template: { spec: { template: { spec: { containers: [] } } } } },
    status: { observedGeneration: 0, conditions: [], executionCount: 0 },
  };
}

/** @param problem why it could not be run */
function asAsked(
  { metadata, ...rest }: KnativeJob,
  desired: DesiredJob,
  { by }: JobChange,
  problem: string | undefined,
  project: Project,
): KnativeJob {
  const generation = metadata.generation + 1;
  return {
    ...rest,
    metadata: {
      ...metadata,
      generation,
      resourceVersion: newVersion(),
      labels: { ...desired.metadata.labels, [label.location]: project.region },
      annotations: {
        ...desired.metadata.annotations,
        [jobAnnotation.creator]: metadata.annotations[jobAnnotation.creator] ?? by,
        [jobAnnotation.lastModifier]: by,
      },
    },
    spec: desired.spec,
    status: statusOf(generation, problem),
  };
}

function statusOf(observedGeneration: number, problem: string | undefined): KnativeJob['status'] {
  const lastTransitionTime = new Date().toISOString();
  const ready: Condition =
    problem === undefined
      ? { type: 'Ready', status: 'True', lastTransitionTime }
      : { type: 'Ready', status: 'False', reason: 'ContainerMissing', message: problem, lastTransitionTime };
  return {
    observedGeneration,
    conditions: [ready, { type: 'ResourcesAvailable', status: 'True', lastTransitionTime }],
    executionCount: 0,
  };
}

function notReady(name: string, why: string): GoogleError {
  return new GoogleError('FAILED_PRECONDITION', `Job '${name}' is not ready and cannot be run. ${why}`);
}

function refuse(problem: string | undefined): void {
  if (problem === undefined) return;
  const [, field = '', description = ''] = /^(\S+): (.*)$/s.exec(problem) ?? [];
  throw new InvalidField(field, description);
}
