import { methods } from './methods.ts';

/**
 * Cloud Tasks API v2, Cloud Scheduler API v1, and Eventarc API v1 as far as it is about triggers.
 * @see https://docs.cloud.google.com/tasks/docs/reference/rest
 * @see https://docs.cloud.google.com/scheduler/docs/reference/rest
 * @see https://docs.cloud.google.com/eventarc/docs/reference/rest
 */
export const senders = methods(`
cloudtasks.projects.locations.get GET /v2/projects/*/locations/*
cloudtasks.projects.locations.getCmekConfig GET /v2/projects/*/locations/*/cmekConfig
cloudtasks.projects.locations.list GET /v2/projects/*/locations extraLocationTypes* filter pageSize# pageToken
cloudtasks.projects.locations.updateCmekConfig PATCH /v2/projects/*/locations/*/cmekConfig updateMask
cloudtasks.projects.locations.operations.get GET /v2/projects/*/locations/*/operations/*
cloudtasks.projects.locations.queues.create POST /v2/projects/*/locations/*/queues
cloudtasks.projects.locations.queues.delete DELETE /v2/projects/*/locations/*/queues/*
cloudtasks.projects.locations.queues.get GET /v2/projects/*/locations/*/queues/*
cloudtasks.projects.locations.queues.getIamPolicy POST /v2/projects/*/locations/*/queues/*:getIamPolicy
cloudtasks.projects.locations.queues.list GET /v2/projects/*/locations/*/queues filter pageSize# pageToken
cloudtasks.projects.locations.queues.patch PATCH /v2/projects/*/locations/*/queues/* updateMask
cloudtasks.projects.locations.queues.pause POST /v2/projects/*/locations/*/queues/*:pause
cloudtasks.projects.locations.queues.purge POST /v2/projects/*/locations/*/queues/*:purge
cloudtasks.projects.locations.queues.resume POST /v2/projects/*/locations/*/queues/*:resume
cloudtasks.projects.locations.queues.setIamPolicy POST /v2/projects/*/locations/*/queues/*:setIamPolicy
cloudtasks.projects.locations.queues.testIamPermissions POST /v2/projects/*/locations/*/queues/*:testIamPermissions
cloudtasks.projects.locations.queues.tasks.batchCreate POST /v2/projects/*/locations/*/queues/*/tasks:batchCreate
cloudtasks.projects.locations.queues.tasks.batchDelete POST /v2/projects/*/locations/*/queues/*/tasks:batchDelete
cloudtasks.projects.locations.queues.tasks.buffer POST /v2/projects/*/locations/*/queues/*/tasks/*:buffer
cloudtasks.projects.locations.queues.tasks.create POST /v2/projects/*/locations/*/queues/*/tasks
cloudtasks.projects.locations.queues.tasks.delete DELETE /v2/projects/*/locations/*/queues/*/tasks/*
cloudtasks.projects.locations.queues.tasks.get GET /v2/projects/*/locations/*/queues/*/tasks/* responseView
cloudtasks.projects.locations.queues.tasks.list GET /v2/projects/*/locations/*/queues/*/tasks pageSize# pageToken responseView
cloudtasks.projects.locations.queues.tasks.run POST /v2/projects/*/locations/*/queues/*/tasks/*:run
cloudscheduler.projects.locations.get GET /v1/projects/*/locations/*
cloudscheduler.projects.locations.getCmekConfig GET /v1/projects/*/locations/*/cmekConfig
cloudscheduler.projects.locations.list GET /v1/projects/*/locations extraLocationTypes* filter pageSize# pageToken
cloudscheduler.projects.locations.updateCmekConfig PATCH /v1/projects/*/locations/*/cmekConfig updateMask
cloudscheduler.projects.locations.jobs.create POST /v1/projects/*/locations/*/jobs
cloudscheduler.projects.locations.jobs.delete DELETE /v1/projects/*/locations/*/jobs/*
cloudscheduler.projects.locations.jobs.get GET /v1/projects/*/locations/*/jobs/*
cloudscheduler.projects.locations.jobs.list GET /v1/projects/*/locations/*/jobs pageSize# pageToken
cloudscheduler.projects.locations.jobs.patch PATCH /v1/projects/*/locations/*/jobs/* updateMask
cloudscheduler.projects.locations.jobs.pause POST /v1/projects/*/locations/*/jobs/*:pause
cloudscheduler.projects.locations.jobs.resume POST /v1/projects/*/locations/*/jobs/*:resume
cloudscheduler.projects.locations.jobs.run POST /v1/projects/*/locations/*/jobs/*:run
cloudscheduler.projects.locations.operations.cancel POST /v1/projects/*/locations/*/operations/*:cancel
cloudscheduler.projects.locations.operations.delete DELETE /v1/projects/*/locations/*/operations/*
cloudscheduler.projects.locations.operations.get GET /v1/projects/*/locations/*/operations/*
cloudscheduler.projects.locations.operations.list GET /v1/projects/*/locations/*/operations filter pageSize# pageToken returnPartialSuccess?
eventarc.projects.locations.get GET /v1/projects/*/locations/*
eventarc.projects.locations.list GET /v1/projects/*/locations extraLocationTypes* filter pageSize# pageToken
eventarc.projects.locations.operations.cancel POST /v1/projects/*/locations/*/operations/*:cancel
eventarc.projects.locations.operations.delete DELETE /v1/projects/*/locations/*/operations/*
eventarc.projects.locations.operations.get GET /v1/projects/*/locations/*/operations/*
eventarc.projects.locations.operations.list GET /v1/projects/*/locations/*/operations filter pageSize# pageToken returnPartialSuccess?
eventarc.projects.locations.providers.get GET /v1/projects/*/locations/*/providers/*
eventarc.projects.locations.providers.list GET /v1/projects/*/locations/*/providers filter orderBy pageSize# pageToken
eventarc.projects.locations.triggers.create POST /v1/projects/*/locations/*/triggers triggerId validateOnly?
eventarc.projects.locations.triggers.delete DELETE /v1/projects/*/locations/*/triggers/* allowMissing? etag validateOnly?
eventarc.projects.locations.triggers.get GET /v1/projects/*/locations/*/triggers/*
eventarc.projects.locations.triggers.getIamPolicy GET /v1/projects/*/locations/*/triggers/*:getIamPolicy options.requestedPolicyVersion#
eventarc.projects.locations.triggers.list GET /v1/projects/*/locations/*/triggers filter orderBy pageSize# pageToken
eventarc.projects.locations.triggers.patch PATCH /v1/projects/*/locations/*/triggers/* allowMissing? updateMask validateOnly?
eventarc.projects.locations.triggers.setIamPolicy POST /v1/projects/*/locations/*/triggers/*:setIamPolicy
eventarc.projects.locations.triggers.testIamPermissions POST /v1/projects/*/locations/*/triggers/*:testIamPermissions
`);
