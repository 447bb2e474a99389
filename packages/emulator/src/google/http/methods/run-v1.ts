import { methods } from './methods.ts';

/** Cloud Run Admin API v1. @see https://docs.cloud.google.com/run/docs/reference/rest/v1 */
export const runV1 = methods(`
run.namespaces.authorizeddomains.list GET /apis/domains.cloudrun.com/v1/namespaces/*/authorizeddomains pageSize# pageToken
run.namespaces.configurations.get GET /apis/serving.knative.dev/v1/namespaces/*/configurations/*
run.namespaces.configurations.list GET /apis/serving.knative.dev/v1/namespaces/*/configurations continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.domainmappings.create POST /apis/domains.cloudrun.com/v1/namespaces/*/domainmappings dryRun
run.namespaces.domainmappings.delete DELETE /apis/domains.cloudrun.com/v1/namespaces/*/domainmappings/* apiVersion dryRun kind propagationPolicy
run.namespaces.domainmappings.get GET /apis/domains.cloudrun.com/v1/namespaces/*/domainmappings/*
run.namespaces.domainmappings.list GET /apis/domains.cloudrun.com/v1/namespaces/*/domainmappings continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.executions.cancel POST /apis/run.googleapis.com/v1/namespaces/*/executions/*:cancel
run.namespaces.executions.delete DELETE /apis/run.googleapis.com/v1/namespaces/*/executions/* apiVersion kind propagationPolicy
run.namespaces.executions.get GET /apis/run.googleapis.com/v1/namespaces/*/executions/*
run.namespaces.executions.list GET /apis/run.googleapis.com/v1/namespaces/*/executions continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.instances.create POST /apis/run.googleapis.com/v1/namespaces/*/instances dryRun
run.namespaces.instances.delete DELETE /apis/run.googleapis.com/v1/namespaces/*/instances/* apiVersion dryRun kind propagationPolicy
run.namespaces.instances.get GET /apis/run.googleapis.com/v1/namespaces/*/instances/*
run.namespaces.instances.list GET /apis/run.googleapis.com/v1/namespaces/*/instances continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.instances.replaceInstance PUT /apis/run.googleapis.com/v1/namespaces/*/instances/* dryRun
run.namespaces.instances.start POST /apis/run.googleapis.com/v1/namespaces/*/instances/*:start
run.namespaces.instances.stop POST /apis/run.googleapis.com/v1/namespaces/*/instances/*:stop
run.namespaces.jobs.create POST /apis/run.googleapis.com/v1/namespaces/*/jobs dryRun
run.namespaces.jobs.delete DELETE /apis/run.googleapis.com/v1/namespaces/*/jobs/* apiVersion dryRun kind propagationPolicy
run.namespaces.jobs.get GET /apis/run.googleapis.com/v1/namespaces/*/jobs/*
run.namespaces.jobs.list GET /apis/run.googleapis.com/v1/namespaces/*/jobs continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.jobs.replaceJob PUT /apis/run.googleapis.com/v1/namespaces/*/jobs/* dryRun
run.namespaces.jobs.run POST /apis/run.googleapis.com/v1/namespaces/*/jobs/*:run
run.namespaces.revisions.delete DELETE /apis/serving.knative.dev/v1/namespaces/*/revisions/* apiVersion dryRun kind propagationPolicy
run.namespaces.revisions.get GET /apis/serving.knative.dev/v1/namespaces/*/revisions/*
run.namespaces.revisions.list GET /apis/serving.knative.dev/v1/namespaces/*/revisions continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.routes.get GET /apis/serving.knative.dev/v1/namespaces/*/routes/*
run.namespaces.routes.list GET /apis/serving.knative.dev/v1/namespaces/*/routes continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.services.create POST /apis/serving.knative.dev/v1/namespaces/*/services dryRun
run.namespaces.services.delete DELETE /apis/serving.knative.dev/v1/namespaces/*/services/* apiVersion dryRun kind propagationPolicy
run.namespaces.services.get GET /apis/serving.knative.dev/v1/namespaces/*/services/*
run.namespaces.services.list GET /apis/serving.knative.dev/v1/namespaces/*/services continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.services.replaceService PUT /apis/serving.knative.dev/v1/namespaces/*/services/* dryRun
run.namespaces.tasks.get GET /apis/run.googleapis.com/v1/namespaces/*/tasks/*
run.namespaces.tasks.list GET /apis/run.googleapis.com/v1/namespaces/*/tasks continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.namespaces.workerpools.create POST /apis/run.googleapis.com/v1/namespaces/*/workerpools dryRun
run.namespaces.workerpools.delete DELETE /apis/run.googleapis.com/v1/namespaces/*/workerpools/* dryRun
run.namespaces.workerpools.get GET /apis/run.googleapis.com/v1/namespaces/*/workerpools/*
run.namespaces.workerpools.list GET /apis/run.googleapis.com/v1/namespaces/*/workerpools continue labelSelector limit#
run.namespaces.workerpools.replaceWorkerPool PUT /apis/run.googleapis.com/v1/namespaces/*/workerpools/* dryRun
run.projects.authorizeddomains.list GET /v1/projects/*/authorizeddomains pageSize# pageToken
run.projects.locations.list GET /v1/projects/*/locations extraLocationTypes* filter pageSize# pageToken
run.projects.locations.authorizeddomains.list GET /v1/projects/*/locations/*/authorizeddomains pageSize# pageToken
run.projects.locations.configurations.get GET /v1/projects/*/locations/*/configurations/*
run.projects.locations.configurations.list GET /v1/projects/*/locations/*/configurations continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.projects.locations.domainmappings.create POST /v1/projects/*/locations/*/domainmappings dryRun
run.projects.locations.domainmappings.delete DELETE /v1/projects/*/locations/*/domainmappings/* apiVersion dryRun kind propagationPolicy
run.projects.locations.domainmappings.get GET /v1/projects/*/locations/*/domainmappings/*
run.projects.locations.domainmappings.list GET /v1/projects/*/locations/*/domainmappings continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.projects.locations.instances.getIamPolicy GET /v1/projects/*/locations/*/instances/*:getIamPolicy options.requestedPolicyVersion#
run.projects.locations.instances.setIamPolicy POST /v1/projects/*/locations/*/instances/*:setIamPolicy
run.projects.locations.instances.testIamPermissions POST /v1/projects/*/locations/*/instances/*:testIamPermissions
run.projects.locations.jobs.getIamPolicy GET /v1/projects/*/locations/*/jobs/*:getIamPolicy options.requestedPolicyVersion#
run.projects.locations.jobs.setIamPolicy POST /v1/projects/*/locations/*/jobs/*:setIamPolicy
run.projects.locations.jobs.testIamPermissions POST /v1/projects/*/locations/*/jobs/*:testIamPermissions
run.projects.locations.operations.delete DELETE /v1/projects/*/locations/*/operations/*
run.projects.locations.operations.get GET /v1/projects/*/locations/*/operations/*
run.projects.locations.operations.list GET /v1/projects/*/locations/*/operations filter pageSize# pageToken returnPartialSuccess?
run.projects.locations.operations.wait POST /v1/projects/*/locations/*/operations/*:wait
run.projects.locations.revisions.delete DELETE /v1/projects/*/locations/*/revisions/* apiVersion dryRun kind propagationPolicy
run.projects.locations.revisions.get GET /v1/projects/*/locations/*/revisions/*
run.projects.locations.revisions.list GET /v1/projects/*/locations/*/revisions continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.projects.locations.routes.get GET /v1/projects/*/locations/*/routes/*
run.projects.locations.routes.list GET /v1/projects/*/locations/*/routes continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.projects.locations.services.create POST /v1/projects/*/locations/*/services dryRun
run.projects.locations.services.delete DELETE /v1/projects/*/locations/*/services/* apiVersion dryRun kind propagationPolicy
run.projects.locations.services.get GET /v1/projects/*/locations/*/services/*
run.projects.locations.services.getIamPolicy GET /v1/projects/*/locations/*/services/*:getIamPolicy options.requestedPolicyVersion#
run.projects.locations.services.list GET /v1/projects/*/locations/*/services continue fieldSelector includeUninitialized? labelSelector limit# resourceVersion watch?
run.projects.locations.services.replaceService PUT /v1/projects/*/locations/*/services/* dryRun
run.projects.locations.services.setIamPolicy POST /v1/projects/*/locations/*/services/*:setIamPolicy
run.projects.locations.services.testIamPermissions POST /v1/projects/*/locations/*/services/*:testIamPermissions
run.projects.locations.workerpools.getIamPolicy GET /v1/projects/*/locations/*/workerpools/*:getIamPolicy options.requestedPolicyVersion#
run.projects.locations.workerpools.setIamPolicy POST /v1/projects/*/locations/*/workerpools/*:setIamPolicy
run.projects.locations.workerpools.testIamPermissions POST /v1/projects/*/locations/*/workerpools/*:testIamPermissions
`);
