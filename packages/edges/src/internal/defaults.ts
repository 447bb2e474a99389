import schema from '../edges.schema.json' with { type: 'json' };

const { service, job, workerPool, build } = schema.definitions;

/** The defaults that editors show are the ones that apply. */
export const defaults = {
  public: service.properties.public.default,
  ingress: service.properties.ingress.default,
  minInstances: service.properties.minInstances.default,
  maxInstances: service.properties.maxInstances.default,
  concurrency: service.properties.concurrency.default,
  tasks: job.properties.tasks.default,
  parallelism: job.properties.parallelism.default,
  maxRetries: job.properties.maxRetries.default,
  timeout: job.properties.timeout.default,
  instances: workerPool.properties.instances.default,
  dockerfile: build.properties.dockerfile.default,
} as const;

export function defaultServiceAccount(name: string): string {
  return `${name}-run`;
}

export function defaultSource(name: string): string {
  return `../apps/${name}`;
}
