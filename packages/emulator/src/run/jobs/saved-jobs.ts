import { isDeepStrictEqual } from 'node:util';
import type { Job } from '@run-edges/edges';
import { list, map, object, orNull, text } from '../../internal/json-shape.ts';
import type { RunJobs } from './jobs.ts';
import type { KnativeJob } from './knative-job.ts';

/** A job that is otherwise than the declaration says, and what the declaration said then. */
export interface SavedJob {
  readonly name: string;
  /** Null: it was deleted. */
  readonly deployed: KnativeJob | null;
  /** Null: it was not declared. */
  readonly declared: Job | null;
}

/** What a state file must hold of them. What stands deeper is checked where it is used. */
export const savedJobsShape = list(
  object({
    name: text,
    deployed: orNull(
      object({
        metadata: object({ name: text }, { annotations: map(text), labels: map(text) }),
        spec: object({ template: object({ spec: object({ template: object({ spec: { type: 'object' } }) }) }) }),
      }),
    ),
    declared: orNull({ type: 'object' }),
  }),
);

type Declared = ReadonlyMap<string, Job>;

/** The jobs that are not as they were declared. Executions are not kept. */
export function changedJobs(jobs: RunJobs, declared: Declared, isAsDeclared: (name: string) => boolean): SavedJob[] {
  const names = new Set([...declared.keys(), ...jobs.list().map(({ metadata }) => metadata.name)]);
  return [...names].flatMap((name) => {
    const job = jobs.find(name);
    if (isAsDeclared(name)) return [];
    return [{ name, deployed: job === undefined ? null : withoutRuns(job), declared: declared.get(name) ?? null }];
  });
}

/** What was saved, except where the declaration was changed meanwhile: then it wins. */
export function jobsStillGood(saved: readonly SavedJob[], declared: Declared): SavedJob[] {
  return saved.filter((one) => isDeepStrictEqual(one.declared, declared.get(one.name) ?? null));
}

function withoutRuns({ status: { latestCreatedExecution: _, ...status }, ...job }: KnativeJob): KnativeJob {
  return { ...job, status: { ...status, executionCount: 0 } };
}
