import { targetRequest } from '../http-target.ts';
import type { Outgoing, Task } from '../task.ts';
import type { TaskBody } from './read-task.ts';

/**
 * A task's request, with the headers that tell its receiver how often it was tried.
 * @see https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks#handler
 */
export function taskRequest(task: Task): Outgoing {
  const { target, dispatchDeadline, scheduleTime } = task.body as TaskBody;
  const { sender, name, attempts, answers, lastStatus } = task;
  const own = {
    'user-agent': 'Google-Cloud-Tasks',
    'x-cloudtasks-queuename': lastOf(sender),
    'x-cloudtasks-taskname': lastOf(name),
    'x-cloudtasks-taskretrycount': `${attempts - 1}`,
    'x-cloudtasks-taskexecutioncount': `${answers}`,
    'x-cloudtasks-tasketa': (Math.max(scheduleTime, task.due) / 1000).toFixed(6),
    ...(attempts === 1 || lastStatus === 0
      ? {}
      : { 'x-cloudtasks-taskpreviousresponse': `${lastStatus}`, 'x-cloudtasks-taskretryreason': '' }),
  };
  return targetRequest(target, own, dispatchDeadline);
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
