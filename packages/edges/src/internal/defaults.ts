import schema from '../edges.schema.json' with { type: 'json' };

const { service, job, workerPool, build, sender, pubsub, tasks, scheduler } = schema.definitions;

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
  path: sender.properties.path.default,
} as const;

/** The same for the settings of senders. */
export const senderDefaults = {
  pubsub: {
    ordering: pubsub.properties.ordering.default,
    ackDeadline: pubsub.properties.ackDeadline.default,
    unwrapped: pubsub.properties.unwrapped.default,
    metadata: pubsub.properties.metadata.default,
  },
  deadLetter: { maxAttempts: pubsub.properties.deadLetter.properties.maxAttempts.default },
  tasks: {
    maxPerSecond: tasks.properties.maxPerSecond.default,
    maxConcurrent: tasks.properties.maxConcurrent.default,
    maxAttempts: tasks.properties.maxAttempts.default,
    minBackoff: tasks.properties.minBackoff.default,
    maxBackoff: tasks.properties.maxBackoff.default,
    maxDoublings: tasks.properties.maxDoublings.default,
  },
  scheduler: {
    timeZone: scheduler.properties.timeZone.default,
    method: scheduler.properties.method.default,
    headers: scheduler.properties.headers.default,
    deadline: scheduler.properties.deadline.default,
    retries: scheduler.properties.retries.default,
    minBackoff: scheduler.properties.minBackoff.default,
    maxBackoff: scheduler.properties.maxBackoff.default,
    maxDoublings: scheduler.properties.maxDoublings.default,
  },
} as const;

export function defaultServiceAccount(name: string): string {
  return `${name}-run`;
}

export function defaultSource(name: string): string {
  return `../apps/${name}`;
}
