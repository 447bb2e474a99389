import { type Declaration, environmentOf, imageRepository, type Job } from '@run-edges/edges';
import type { Project } from '../../identity/project.ts';
import type { ObjectMeta } from '../services/knative.ts';
import type { JobSpec } from './knative-job.ts';

/** What a user asks for: the parts of a job that are the user's to say. */
export interface DesiredJob {
  readonly metadata: Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>;
  readonly spec: JobSpec;
}

/** A declared job as if somebody had deployed it. Where it names no image, its image is one that stands for its folder. */
export function declaredJob(job: Job, project: Project, addresses: Addresses, declaration: Declaration): DesiredJob {
  const { name, image = `${imageRepository(project.id, project.region)}/${name}`, command } = job;
  const env = environmentOf(declaration, name, addresses);
  return {
    metadata: { name, labels: {}, annotations: {} },
    spec: {
      template: {
        spec: {
          taskCount: job.tasks,
          parallelism: job.parallelism,
          template: {
            spec: {
              serviceAccountName: addresses.emailOf(name),
              maxRetries: job.maxRetries,
              timeoutSeconds: job.timeout,
              containers: [
                {
                  image,
                  ...(command === undefined ? {} : { command }),
                  env: Object.entries(env).map(([name, value]) => ({ name, value })),
                },
              ],
            },
          },
        },
      },
    },
  };
}

type Addresses = Parameters<typeof environmentOf>[2];
