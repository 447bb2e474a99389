import type { Requirements } from './requirement.ts';

const PUSH = 'https://docs.cloud.google.com/pubsub/docs/push';
const PUSH_AUTH = 'https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions';

export const senders = {
  'pubsub:push': {
    behaviour: 'a push is a POST of the wrapped message, names in both spellings, with an ID token of the push account',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:not-invoker': {
    behaviour: 'a push of an account that is no invoker is refused by the gate and tried again until it is one',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:no-token': {
    behaviour: 'a subscription without an OIDC token pushes without one',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:audience': {
    behaviour: 'the audience is the push URL as it stands, where none is named',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:ack-codes': {
    behaviour: '102, 200, 201, 202 and 204 acknowledge a message; whatever else does not',
    source: PUSH,
    mark: 'D',
  },
  'pubsub:ack-deadline': {
    behaviour: 'an answer after the ack deadline is none: the message is pushed again',
    source: PUSH,
    mark: 'D',
  },
  'pubsub:dead-letter': {
    behaviour:
      'after maxDeliveryAttempts a message goes to the dead-letter topic, with where it comes from as attributes',
    source: 'https://docs.cloud.google.com/pubsub/docs/dead-letter-topics',
    mark: 'D',
  },
  'pubsub:ordering': {
    behaviour: 'messages of one ordering key are pushed in the order in which they were published',
    source: 'https://docs.cloud.google.com/pubsub/docs/ordering',
    mark: 'D',
  },
  'pubsub:filter': {
    behaviour: 'a subscription with a filter gets the messages whose attributes it takes',
    source: 'https://docs.cloud.google.com/pubsub/docs/subscription-message-filter',
    mark: 'D',
  },
  'pubsub:several': {
    behaviour: 'each subscription of a topic gets every message',
    source: 'https://docs.cloud.google.com/pubsub/docs/subscription-overview',
    mark: 'D',
  },
  'pubsub:unwrapped': {
    behaviour: 'without a wrapper the body is the data, and metadata are headers where they are asked for',
    source: 'https://docs.cloud.google.com/pubsub/docs/payload-unwrapping',
    mark: 'D',
  },
  'pubsub:deleted-topic': {
    behaviour: 'the subscriptions of a deleted topic stay, with _deleted-topic_ in its place',
    source: 'https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/delete',
    mark: 'D',
  },
  'pubsub:pull': {
    behaviour:
      'a message that is pulled comes again after its ack deadline, until it is acknowledged by the newest ackId',
    source: 'https://docs.cloud.google.com/pubsub/docs/pull',
    mark: 'D',
  },
  'pubsub:resources': {
    behaviour: 'topics and subscriptions are made by PUT, and shown with what they have where nothing was said',
    source: 'https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions',
    mark: 'D',
  },
  'pubsub:kept': {
    behaviour: 'a message is kept until it is acknowledged, for seven days where nothing else is said',
    source: 'https://docs.cloud.google.com/pubsub/docs/subscription-properties',
    mark: 'D',
  },
  'pubsub:permissions': {
    behaviour: 'publishing wants pubsub.topics.publish on the topic, which roles/pubsub.publisher has',
    source: 'https://docs.cloud.google.com/pubsub/docs/access-control',
    mark: 'D',
  },
  'pubsub:act-as': {
    behaviour: 'whoever makes a subscription push as an account must have iam.serviceAccounts.actAs on it',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:invalid': {
    behaviour: 'a subscription that cannot be is 400 INVALID_ARGUMENT; a topic that is not there is 404',
    source: 'https://docs.cloud.google.com/pubsub/docs/reference/error-codes',
    mark: 'D',
  },
  'pubsub:publish-limits': {
    behaviour: 'a publish has 1 to 1,000 messages and 10 MB at most, each with data or an attribute',
    source: 'https://docs.cloud.google.com/pubsub/quotas',
    mark: 'D',
  },
  'tasks:headers': {
    behaviour: 'a task is its HTTP request, with X-CloudTasks headers and an ID token of its account',
    source: 'https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks',
    mark: 'D',
  },
  'tasks:retries': {
    behaviour: 'a task that fails is tried again: the retry count has every attempt, the execution count no 5xx',
    source: 'https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks',
    mark: 'D',
  },
  'tasks:given-up': {
    behaviour: 'a task goes after maxAttempts, and maxRetryDuration where there is one',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RetryConfig',
    mark: 'D',
  },
  'tasks:not-invoker': {
    behaviour: 'the gate decides about a task by its account and audience, which is its URL where none is named',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/OidcToken',
    mark: 'D',
  },
  'tasks:names': {
    behaviour: 'a name that was used by a task is ALREADY_EXISTS for an hour',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create',
    mark: 'D',
  },
  'tasks:scheduled': {
    behaviour: 'a task waits for its scheduleTime; tasks.run sends it at once',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/run',
    mark: 'D',
  },
  'tasks:view': {
    behaviour: 'the body of a task is shown by the view FULL alone, which wants cloudtasks.tasks.fullView',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks#View',
    mark: 'D',
  },
  'tasks:queues': {
    behaviour:
      'a queue has 500 dispatches a second, 1,000 at once and 100 attempts where nothing is said; its name is blocked for three days',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues',
    mark: 'D',
  },
  'tasks:paused': {
    behaviour: 'a paused queue sends nothing but what tasks.run names; purging empties it',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/pause',
    mark: 'D',
  },
  'tasks:concurrency': {
    behaviour: 'no more tasks of a queue than maxConcurrentDispatches are under way',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RateLimits',
    mark: 'D',
  },
  'tasks:permissions': {
    behaviour: 'creating a task wants cloudtasks.tasks.create on its queue, and acting as its account',
    source: 'https://docs.cloud.google.com/tasks/docs/reference-access-control',
    mark: 'D',
  },
  'tasks:invalid': {
    behaviour: 'a task or a queue that cannot be is 400 INVALID_ARGUMENT; a queue that is not there is 404',
    source: 'https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create',
    mark: 'D',
  },
  'scheduler:run': {
    behaviour: 'a job calls at its times with X-CloudScheduler headers and an ID token of its account',
    source: 'https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#HttpTarget',
    mark: 'D',
  },
  'scheduler:time-zone': {
    behaviour:
      'a schedule is of its time zone; a time that is not there runs at the first that is, one that comes twice runs once',
    source: 'https://docs.cloud.google.com/scheduler/docs/configuring/cron-job-schedules',
    mark: 'U',
  },
  'scheduler:retries': {
    behaviour: 'a run that fails is tried again retryCount times, for the same scheduled time',
    source: 'https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#RetryConfig',
    mark: 'D',
  },
  'scheduler:no-retries': {
    behaviour: 'without retryCount a run that fails waits for the next time',
    source: 'https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#RetryConfig',
    mark: 'D',
  },
  'scheduler:refused': {
    behaviour: 'a run that a gate refuses has PERMISSION_DENIED as status, or UNAUTHENTICATED',
    source: 'koduki/ai-tuber issue 41',
    mark: 'R',
  },
  'scheduler:pause': {
    behaviour: 'a paused job does not run by itself; jobs.run runs it',
    source: 'https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs/pause',
    mark: 'D',
  },
  'scheduler:topic': {
    behaviour: 'a job whose target is a topic publishes to it',
    source: 'https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#PubsubTarget',
    mark: 'D',
  },
  'scheduler:invalid': {
    behaviour: 'a job with a bad schedule, zone or target is 400 INVALID_ARGUMENT',
    source: 'https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs/create',
    mark: 'D',
  },
  'scheduler:permissions': {
    behaviour: 'jobs want cloudscheduler permissions on the project, and acting as their account',
    source: 'https://docs.cloud.google.com/scheduler/docs/http-target-auth',
    mark: 'D',
  },
  'eventarc:event': {
    behaviour: 'a trigger for messagePublished sends binary CloudEvents, the wrapped message as data, as its account',
    source: 'https://docs.cloud.google.com/eventarc/docs/cloudevents',
    mark: 'D',
  },
  'eventarc:topic': {
    behaviour: 'a trigger without a topic has one made, which is deleted with it',
    source: 'https://docs.cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers#Pubsub',
    mark: 'D',
  },
  'eventarc:not-invoker': {
    behaviour: 'the account of a trigger must be an invoker of its service',
    source: 'https://docs.cloud.google.com/eventarc/docs/run/create-trigger-storage-console',
    mark: 'D',
  },
  'eventarc:invalid': {
    behaviour: 'a trigger that cannot be is refused, and creating one wants acting as its account',
    source: 'https://docs.cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers/create',
    mark: 'D',
  },
} as const satisfies Requirements;
