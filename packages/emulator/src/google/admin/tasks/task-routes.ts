import type { FastifyInstance, FastifyRequest } from 'fastify';
import { writeDuration } from '../../../delivery/back-off.ts';
import type { Task } from '../../../delivery/task.ts';
import { readTask, type TaskBody } from '../../../delivery/tasks/read-task.ts';
import type { Queue } from '../../../delivery/tasks/resources.ts';
import type { Permission } from '../../../iam/roles/permissions.ts';
import { regionalName } from '../../../identity/regions.ts';
import { GoogleError, invalidField } from '../../../internal/google-api/google-error.ts';
import { noRoute } from '../../http/call.ts';
import { permitted } from '../../http/permit.ts';
import { mayActAs } from '../may-act-as.ts';
import { answerPage } from '../page.ts';
import { permitSender, readSenderCall, type SenderCall, type SenderContext } from '../sender-call.ts';
import { QUEUES, queueNotFound } from './queue-routes.ts';

const TASKS = `${QUEUES}/:queue/tasks`;
/** A body of a megabyte in base64, and its JSON. Bytes. */
const TASK_LIMIT = 2 * 1024 * 1024;

interface TaskCall extends SenderCall {
  readonly queue: Queue;
}

/**
 * Tasks: created, shown, listed, run at once, deleted.
 * @see https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks
 */
export async function taskRoutes(app: FastifyInstance, context: SenderContext): Promise<void> {
  const { project, iam, deliveries, now } = context;
  const { tasks, findGate } = deliveries;

  app.post(TASKS, { bodyLimit: TASK_LIMIT }, async (request) => {
    const call = await read(request, 'cloudtasks.tasks.create');
    const view = viewOf(call, call.body.responseView);
    const { name, task } = readTask(call.body.task, call.queue.name, findGate, now() * 1000);
    if (task.target.oidcToken !== undefined) mayActAs(context, call.caller, task.target.oidcToken.serviceAccountEmail);
    return shown(tasks.create(call.queue, name, task), view);
  });
  app.get(TASKS, async (request) => {
    const call = await read(request, 'cloudtasks.tasks.list');
    const view = viewOf(call, call.query.responseView);
    return answerPage('tasks', tasks.list(call.queue.name), call.query, (task) => shown(task, view));
  });
  app.get(`${TASKS}/:target`, async (request) => {
    const call = await read(request, 'cloudtasks.tasks.get');
    return shown(taskNamed(call), viewOf(call, call.query.responseView));
  });
  app.delete(`${TASKS}/:target`, async (request) => {
    const call = await read(request, 'cloudtasks.tasks.delete');
    tasks.remove(taskNamed(call));
    return {};
  });
  app.post(`${TASKS}/:target`, async (request) => {
    const call = await read(request, 'cloudtasks.tasks.run', 'run');
    const view = viewOf(call, call.body.responseView);
    const task = taskNamed(call);
    tasks.run(task);
    return shown(tasks.find(task.sender, task.name) ?? task, view);
  });

  async function read(request: FastifyRequest, permission: Permission, method?: 'run'): Promise<TaskCall> {
    const call = await readSenderCall(request, 'cloudtasks', context);
    if (call.method !== method) throw noRoute(request);
    const { queue: id } = request.params as { queue: string };
    const name = `${call.parent}/queues/${id}`;
    permitSender(context, call, permission, name, `queues/${regionalName(id, call.location, project)}`);
    const queue = tasks.queues.find(name);
    if (queue === undefined) throw queueNotFound();
    return { ...call, queue };
  }

  function taskNamed({ queue, name }: TaskCall): Task {
    const task = tasks.find(queue.name, `${queue.name}/tasks/${name}`);
    if (task === undefined)
      throw new GoogleError(
        'NOT_FOUND',
        'The task no longer exists, though a task with this name existed recently. The task either successfully completed or was deleted.',
      );
    return task;
  }

  /** What a task sends is shown to who asks for it, and may see it. */
  function viewOf({ caller, queue, location }: TaskCall, asked: unknown = 'BASIC'): 'BASIC' | 'FULL' {
    if (asked !== 'FULL' && asked !== 'BASIC' && asked !== 'VIEW_UNSPECIFIED')
      throw invalidField('response_view', 'It is BASIC or FULL.');
    if (asked !== 'FULL') return 'BASIC';
    const resource = `queues/${regionalName(queue.name.split('/').at(-1) ?? '', location, project)}` as const;
    if (!permitted(iam, caller, 'cloudtasks.tasks.fullView', resource))
      throw new GoogleError('PERMISSION_DENIED', 'The full view of a task wants cloudtasks.tasks.fullView.');
    return 'FULL';
  }
}

function shown(task: Task, view: 'BASIC' | 'FULL'): object {
  const { target, dispatchDeadline } = task.body as TaskBody;
  const { body: _body, ...basic } = target;
  const time = (millis: number) => new Date(millis).toISOString();
  return {
    name: task.name,
    httpRequest: view === 'FULL' ? target : basic,
    scheduleTime: time(task.due),
    createTime: time(task.createdAt),
    dispatchDeadline: writeDuration(dispatchDeadline),
    ...(task.attempts === 0
      ? {}
      : { dispatchCount: task.attempts, firstAttempt: { dispatchTime: time(task.firstAt) } }),
    ...(task.answers === 0 ? {} : { responseCount: task.answers }),
    view,
  };
}
