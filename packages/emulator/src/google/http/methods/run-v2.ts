import { methods } from './methods.ts';

/** Cloud Run Admin API v2. @see https://docs.cloud.google.com/run/docs/reference/rest/v2 */
export const runV2 = methods(`
run.projects.locations.exportImage POST /v2/projects/*/locations/*/*:exportImage
run.projects.locations.exportImageMetadata GET /v2/projects/*/locations/*/*:exportImageMetadata
run.projects.locations.exportMetadata GET /v2/projects/*/locations/*/*:exportMetadata
run.projects.locations.exportProjectMetadata GET /v2/projects/*/locations/*:exportProjectMetadata
run.projects.locations.builds.submit POST /v2/projects/*/locations/*/builds:submit
run.projects.locations.instances.create POST /v2/projects/*/locations/*/instances instanceId validateOnly?
run.projects.locations.instances.delete DELETE /v2/projects/*/locations/*/instances/* etag validateOnly?
run.projects.locations.instances.get GET /v2/projects/*/locations/*/instances/*
run.projects.locations.instances.getIamPolicy GET /v2/projects/*/locations/*/instances/*:getIamPolicy options.requestedPolicyVersion#
run.projects.locations.instances.list GET /v2/projects/*/locations/*/instances pageSize# pageToken showDeleted?
run.projects.locations.instances.patch PATCH /v2/projects/*/locations/*/instances/* allowMissing? updateMask validateOnly?
run.projects.locations.instances.setIamPolicy POST /v2/projects/*/locations/*/instances/*:setIamPolicy
run.projects.locations.instances.start POST /v2/projects/*/locations/*/instances/*:start
run.projects.locations.instances.stop POST /v2/projects/*/locations/*/instances/*:stop
run.projects.locations.instances.testIamPermissions POST /v2/projects/*/locations/*/instances/*:testIamPermissions
run.projects.locations.jobs.create POST /v2/projects/*/locations/*/jobs jobId validateOnly?
run.projects.locations.jobs.delete DELETE /v2/projects/*/locations/*/jobs/* etag validateOnly?
run.projects.locations.jobs.get GET /v2/projects/*/locations/*/jobs/*
run.projects.locations.jobs.getIamPolicy GET /v2/projects/*/locations/*/jobs/*:getIamPolicy options.requestedPolicyVersion#
run.projects.locations.jobs.list GET /v2/projects/*/locations/*/jobs pageSize# pageToken showDeleted?
run.projects.locations.jobs.patch PATCH /v2/projects/*/locations/*/jobs/* allowMissing? validateOnly?
run.projects.locations.jobs.run POST /v2/projects/*/locations/*/jobs/*:run
run.projects.locations.jobs.setIamPolicy POST /v2/projects/*/locations/*/jobs/*:setIamPolicy
run.projects.locations.jobs.testIamPermissions POST /v2/projects/*/locations/*/jobs/*:testIamPermissions
run.projects.locations.jobs.executions.cancel POST /v2/projects/*/locations/*/jobs/*/executions/*:cancel
run.projects.locations.jobs.executions.delete DELETE /v2/projects/*/locations/*/jobs/*/executions/* etag validateOnly?
run.projects.locations.jobs.executions.exportStatus GET /v2/projects/*/locations/*/jobs/*/executions/*/*:exportStatus
run.projects.locations.jobs.executions.get GET /v2/projects/*/locations/*/jobs/*/executions/*
run.projects.locations.jobs.executions.list GET /v2/projects/*/locations/*/jobs/*/executions pageSize# pageToken showDeleted?
run.projects.locations.jobs.executions.tasks.get GET /v2/projects/*/locations/*/jobs/*/executions/*/tasks/*
run.projects.locations.jobs.executions.tasks.list GET /v2/projects/*/locations/*/jobs/*/executions/*/tasks pageSize# pageToken showDeleted?
run.projects.locations.operations.delete DELETE /v2/projects/*/locations/*/operations/*
run.projects.locations.operations.get GET /v2/projects/*/locations/*/operations/*
run.projects.locations.operations.list GET /v2/projects/*/locations/*/operations filter pageSize# pageToken returnPartialSuccess?
run.projects.locations.operations.wait POST /v2/projects/*/locations/*/operations/*:wait
run.projects.locations.services.create POST /v2/projects/*/locations/*/services serviceId validateOnly?
run.projects.locations.services.delete DELETE /v2/projects/*/locations/*/services/* etag validateOnly?
run.projects.locations.services.get GET /v2/projects/*/locations/*/services/*
run.projects.locations.services.getIamPolicy GET /v2/projects/*/locations/*/services/*:getIamPolicy options.requestedPolicyVersion#
run.projects.locations.services.list GET /v2/projects/*/locations/*/services pageSize# pageToken showDeleted?
run.projects.locations.services.patch PATCH /v2/projects/*/locations/*/services/* allowMissing? forceNewRevision? updateMask validateOnly?
run.projects.locations.services.setIamPolicy POST /v2/projects/*/locations/*/services/*:setIamPolicy
run.projects.locations.services.testIamPermissions POST /v2/projects/*/locations/*/services/*:testIamPermissions
run.projects.locations.services.revisions.delete DELETE /v2/projects/*/locations/*/services/*/revisions/* etag validateOnly?
run.projects.locations.services.revisions.exportStatus GET /v2/projects/*/locations/*/services/*/revisions/*/*:exportStatus
run.projects.locations.services.revisions.get GET /v2/projects/*/locations/*/services/*/revisions/*
run.projects.locations.services.revisions.list GET /v2/projects/*/locations/*/services/*/revisions pageSize# pageToken showDeleted?
run.projects.locations.sourceUploads.upload POST /v2/projects/*/locations/*:uploadSource
run.projects.locations.workerPools.create POST /v2/projects/*/locations/*/workerPools validateOnly? workerPoolId
run.projects.locations.workerPools.delete DELETE /v2/projects/*/locations/*/workerPools/* etag validateOnly?
run.projects.locations.workerPools.get GET /v2/projects/*/locations/*/workerPools/*
run.projects.locations.workerPools.getIamPolicy GET /v2/projects/*/locations/*/workerPools/*:getIamPolicy options.requestedPolicyVersion#
run.projects.locations.workerPools.list GET /v2/projects/*/locations/*/workerPools pageSize# pageToken showDeleted?
run.projects.locations.workerPools.patch PATCH /v2/projects/*/locations/*/workerPools/* allowMissing? forceNewRevision? updateMask validateOnly?
run.projects.locations.workerPools.setIamPolicy POST /v2/projects/*/locations/*/workerPools/*:setIamPolicy
run.projects.locations.workerPools.testIamPermissions POST /v2/projects/*/locations/*/workerPools/*:testIamPermissions
run.projects.locations.workerPools.revisions.delete DELETE /v2/projects/*/locations/*/workerPools/*/revisions/* etag validateOnly?
run.projects.locations.workerPools.revisions.get GET /v2/projects/*/locations/*/workerPools/*/revisions/*
run.projects.locations.workerPools.revisions.list GET /v2/projects/*/locations/*/workerPools/*/revisions pageSize# pageToken showDeleted?
`);
