import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  completeScheduledJob,
  readScheduledJob,
  type SentScheduledJob,
} from '../../../delivery/scheduler/read-scheduled-job.ts';
import type { ScheduledJob } from '../../../delivery/scheduler/resources.ts';
import type { Permission } from '../../../iam/roles/permissions.ts';
import { GoogleError, invalidField } from '../../../internal/google-api/google-error.ts';
import { changed, readMask } from '../../../internal/google-api/update-mask.ts';
import { noRoute } from '../../http/call.ts';
import { mayActAs } from '../may-act-as.ts';
import { answerPage } from '../page.ts';
import { permitSender, readSenderCall, type SenderCall, type SenderContext } from '../sender-call.ts';

const JOBS = '/v1/projects/:project/locations/:location/jobs';
const TOP = ['description', 'schedule', 'timeZone', 'httpTarget', 'pubsubTarget', 'retryConfig', 'attemptDeadline'];
const CHANGEABLE = [
  ...TOP,
  ...['uri', 'httpMethod', 'headers', 'body', 'oidcToken'].map((one) => `httpTarget.${one}`),
  ...['serviceAccountEmail', 'audience'].map((one) => `httpTarget.oidcToken.${one}`),
  ...['topicName', 'data', 'attributes'].map((one) => `pubsubTarget.${one}`),
  ...['retryCount', 'maxRetryDuration', 'minBackoffDuration', 'maxBackoffDuration', 'maxDoublings'].map(
    (one) => `retryConfig.${one}`,
  ),
];
const VERBS = { run: 'run', pause: 'pause', resume: 'enable' } as const;

/**
 * Jobs of Cloud Scheduler: made, changed, paused, run at once, deleted. Cloud Run's own jobs have their policies at the
 * same addresses.
 * @see https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs
 */
export async function scheduledJobRoutes(
  app: FastifyInstance,
  context: SenderContext & {
    /** What Cloud Run answers at these addresses; undefined where it answers nothing. */
    readonly runJobPolicy: (request: FastifyRequest) => Promise<object | undefined>;
  },
): Promise<void> {
  const { deliveries, now, runJobPolicy } = context;
  const { scheduler, findGate } = deliveries;
  const read = (request: FastifyRequest) => readSenderCall(request, 'cloudscheduler', context);

  app.post(JOBS, async (request) => {
    const call = await read(request);
    permitSender(context, call, 'cloudscheduler.jobs.create', call.parent);
    const sent = readScheduledJob(call.body);
    const { name = '' } = sent;
    const id = name.startsWith(`${call.parent}/jobs/`) ? name.slice(call.parent.length + 6) : '';
    if (!/^[\w-]{1,500}$/.test(id))
      throw invalidField('job.name', `It is ${call.parent}/jobs/ID, with letters, digits, dashes and underscores.`);
    const job = asked(call, name, sent);
    if (scheduler.jobs.find(name) !== undefined) throw new GoogleError('ALREADY_EXISTS', `Job ${name} already exists.`);
    return shown(scheduler.put({ ...job, state: 'ENABLED', userUpdateTime: time() }));
  });
  app.get(JOBS, async (request) => {
    const call = await read(request);
    permitSender(context, call, 'cloudscheduler.jobs.list', call.parent);
    const ours = scheduler.jobs.list().filter(({ name }) => name.startsWith(`${call.parent}/`));
    return answerPage('jobs', ours, call.query, shown);
  });
  app.get(`${JOBS}/:target`, async (request) => {
    const policy = await runJobPolicy(request);
    if (policy !== undefined) return policy;
    return shown(jobNamed(await permitted(request, 'cloudscheduler.jobs.get')));
  });
  app.patch(`${JOBS}/:target`, async (request) => {
    const call = await permitted(request, 'cloudscheduler.jobs.update');
    const before = jobNamed(call);
    const sent = readScheduledJob(call.body);
    const mask = readMask(call.query.updateMask, CHANGEABLE) ?? TOP.filter((name) => Object.hasOwn(sent, name));
    const { state, userUpdateTime: _time, lastAttemptTime: _last, status: _status, ...current } = before;
    const after = changed<Record<string, unknown>>(current, sent as Record<string, unknown>, mask);
    const job = asked(call, before.name, after as SentScheduledJob);
    return shown(scheduler.put({ ...job, state, userUpdateTime: time() }));
  });
  app.delete(`${JOBS}/:target`, async (request) => {
    const call = await permitted(request, 'cloudscheduler.jobs.delete');
    scheduler.remove(jobNamed(call).name);
    return {};
  });
  app.post(`${JOBS}/:target`, async (request) => {
    const policy = await runJobPolicy(request);
    if (policy !== undefined) return policy;
    const call = await read(request);
    const { method = '' } = call;
    if (method !== 'run' && method !== 'pause' && method !== 'resume') throw noRoute(request);
    permitSender(context, call, `cloudscheduler.jobs.${VERBS[method]}`, `${call.parent}/jobs/${call.name}`);
    const job = jobNamed(call);
    if (method === 'run') return shown(scheduler.run(job));
    const state = method === 'pause' ? 'PAUSED' : 'ENABLED';
    if (method === 'resume' && job.state === 'ENABLED')
      throw new GoogleError('FAILED_PRECONDITION', 'Job is not paused.');
    return shown(scheduler.put({ ...job, state }));
  });

  async function permitted(request: FastifyRequest, permission: Permission): Promise<SenderCall> {
    const call = await read(request);
    if (call.method !== undefined) throw noRoute(request);
    permitSender(context, call, permission, `${call.parent}/jobs/${call.name}`);
    return call;
  }

  /** Whoever has an account called as must be allowed to be it. */
  function asked(call: SenderCall, name: string, sent: SentScheduledJob) {
    const job = completeScheduledJob(name, sent, findGate);
    const email = job.httpTarget?.oidcToken?.serviceAccountEmail;
    if (email !== undefined) mayActAs(context, call.caller, email);
    return job;
  }

  function jobNamed({ parent, name }: SenderCall): ScheduledJob {
    const job = scheduler.jobs.find(`${parent}/jobs/${name}`);
    if (job === undefined) throw new GoogleError('NOT_FOUND', 'Job not found.');
    return job;
  }

  function shown(job: ScheduledJob): object {
    const next = scheduler.nextTime(job);
    return { ...job, ...(next === undefined ? {} : { scheduleTime: new Date(next).toISOString() }) };
  }

  function time(): string {
    return new Date(now() * 1000).toISOString();
  }
}
