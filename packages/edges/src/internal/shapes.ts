import type {
  Accepted,
  Declaration,
  ExternalReceiver,
  Job,
  Never,
  Principal,
  Sender,
  Service,
  WorkerPool,
} from '../declaration.ts';
import {
  type EventarcSettings,
  type PubsubSettings,
  type SchedulerSettings,
  type SenderKind,
  senderKinds,
  type TasksSettings,
} from '../sender-settings.ts';
import { isDay } from './day.ts';

/** What a part of a declaration must be, and how that is said. */
export interface Shape {
  readonly fits: (value: unknown) => boolean;
  readonly said: string;
}

/** A part that is missing here is an error of the compiler. */
type Shapes<T> = { readonly [Name in keyof Required<T>]: Shape };

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !isList(value);

const text: Shape = { fits: isText, said: 'a text' };
const texts: Shape = { fits: (value) => isList(value) && value.every(isText), said: 'a list of texts' };
const flag: Shape = { fits: (value) => typeof value === 'boolean', said: 'true or false' };
const count = (least: number): Shape => ({
  fits: (value) => Number.isSafeInteger(value) && Number(value) >= least,
  said: `a whole number from ${least} on`,
});
const perhaps = ({ fits, said }: Shape): Shape => ({ fits: (value) => value === undefined || fits(value), said });

const ingresses = ['all', 'internal', 'internal-and-cloud-load-balancing'];

const day: Shape = { fits: isDay, said: 'a day as YYYY-MM-DD' };

function isLimit(value: unknown): boolean {
  const { paths, until } = (isObject(value) ? value : {}) as { paths?: unknown; until?: unknown };
  return texts.fits(paths) && perhaps(day).fits(until);
}

const calling = {
  name: text,
  calls: texts,
  limits: perhaps({
    fits: (value) => isObject(value) && Object.values(value).every(isLimit),
    said: 'limits by receiver, each with paths and perhaps until',
  }),
  owner: perhaps(text),
};

const command: Shape = {
  fits: (value) => isText(value) || (texts.fits(value) && (value as readonly string[]).length > 0),
  said: 'a text or a list of texts',
};

const workload = {
  ...calling,
  serviceAccount: text,
  source: text,
  command: perhaps(command),
  image: perhaps(text),
  build: perhaps({
    fits: (value) => {
      const { context, dockerfile } = (isObject(value) ? value : {}) as { context?: unknown; dockerfile?: unknown };
      return isText(context) && isText(dockerfile);
    },
    said: 'a context and a dockerfile',
  }),
  env: {
    fits: (value: unknown) => isObject(value) && Object.values(value).every((one) => typeof one === 'string'),
    said: 'texts by name',
  },
  regions: perhaps(texts),
};

const service: Shapes<Service> = {
  ...workload,
  public: flag,
  ingress: { fits: (value) => ingresses.includes(value as string), said: ingresses.join(' or ') },
  audiences: texts,
  minInstances: count(0),
  maxInstances: count(1),
  concurrency: count(1),
  http2: perhaps(flag),
};

const job: Shapes<Job> = {
  ...workload,
  command: perhaps(texts),
  tasks: count(1),
  parallelism: count(0),
  maxRetries: count(0),
  timeout: count(1),
};

const workerPool: Shapes<WorkerPool> = { ...workload, instances: count(0) };
const principal: Shapes<Principal> = { ...calling, member: text, serviceAccount: perhaps(text) };
const external: Shapes<ExternalReceiver> = { name: text, url: text, audience: text, owner: perhaps(text) };
const settings = (said: string, shapes: Readonly<Record<string, Shape>>): Shape =>
  perhaps({
    fits: (value) =>
      isObject(value) &&
      Object.entries(shapes).every(([key, { fits }]) => fits((value as Readonly<Record<string, unknown>>)[key])),
    said,
  });
const amount: Shape = { fits: (value) => typeof value === 'number' && value >= 0, said: 'a number from 0 on' };
const byName: Shape = {
  fits: (value) => isObject(value) && Object.values(value).every((one) => typeof one === 'string'),
  said: 'texts by name',
};

const pubsub: Shapes<PubsubSettings> = {
  topic: text,
  subscription: text,
  filter: perhaps(text),
  ordering: flag,
  ackDeadline: count(0),
  minBackoff: perhaps(amount),
  maxBackoff: perhaps(amount),
  deadLetter: settings('a topic and maxAttempts', { topic: text, maxAttempts: count(1) }),
  unwrapped: flag,
  metadata: flag,
};
const tasks: Shapes<TasksSettings> = {
  queue: text,
  maxPerSecond: amount,
  maxConcurrent: count(1),
  maxAttempts: count(-1),
  maxRetryDuration: perhaps(amount),
  minBackoff: amount,
  maxBackoff: amount,
  maxDoublings: count(0),
};
const scheduler: Shapes<SchedulerSettings> = {
  schedule: text,
  timeZone: text,
  method: text,
  body: perhaps({ fits: (value) => typeof value === 'string', said: 'a text' }),
  headers: byName,
  deadline: count(1),
  retries: count(0),
  maxRetryDuration: perhaps(amount),
  minBackoff: amount,
  maxBackoff: amount,
  maxDoublings: count(0),
};
const eventarc: Shapes<EventarcSettings> = { type: text, topic: perhaps(text), filters: byName };

const sender: Shapes<Sender> = {
  ...calling,
  kind: { fits: (value) => senderKinds.includes(value as SenderKind), said: senderKinds.join(' or ') },
  to: text,
  path: text,
  from: texts,
  serviceAccount: text,
  project: perhaps(text),
  pubsub: settings('the settings of a push subscription', pubsub),
  tasks: settings('the settings of a queue', tasks),
  scheduler: settings('the settings of a schedule', scheduler),
  eventarc: settings('the settings of a trigger', eventarc),
};
const accepted: Shapes<Accepted> = { member: text, on: text, reason: text, until: perhaps(day) };
const never: Shapes<Never> = { caller: text, receiver: text };

interface Part {
  /** How one of it is called. */
  readonly one: string;
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Whether its entries have names of the one space of names. */
  readonly named: boolean;
}

export const partShapes: { readonly [Name in keyof Required<Omit<Declaration, 'file'>>]: Part } = {
  services: { one: 'service', shapes: service, named: true },
  jobs: { one: 'job', shapes: job, named: true },
  workerPools: { one: 'worker pool', shapes: workerPool, named: true },
  principals: { one: 'principal', shapes: principal, named: true },
  external: { one: 'external receiver', shapes: external, named: true },
  senders: { one: 'sender', shapes: sender, named: true },
  accepted: { one: 'accepted access', shapes: accepted, named: false },
  never: { one: 'never', shapes: never, named: false },
};
