import { methods } from './methods.ts';

/** Cloud Pub/Sub API v1, but for schemas. @see https://docs.cloud.google.com/pubsub/docs/reference/rest */
export const pubsub = methods(`
pubsub.projects.snapshots.create PUT /v1/projects/*/snapshots/*
pubsub.projects.snapshots.delete DELETE /v1/projects/*/snapshots/*
pubsub.projects.snapshots.get GET /v1/projects/*/snapshots/*
pubsub.projects.snapshots.getIamPolicy GET /v1/projects/*/snapshots/*:getIamPolicy options.requestedPolicyVersion#
pubsub.projects.snapshots.list GET /v1/projects/*/snapshots pageSize# pageToken
pubsub.projects.snapshots.patch PATCH /v1/projects/*/snapshots/*
pubsub.projects.snapshots.setIamPolicy POST /v1/projects/*/snapshots/*:setIamPolicy
pubsub.projects.snapshots.testIamPermissions POST /v1/projects/*/snapshots/*:testIamPermissions
pubsub.projects.subscriptions.acknowledge POST /v1/projects/*/subscriptions/*:acknowledge
pubsub.projects.subscriptions.create PUT /v1/projects/*/subscriptions/*
pubsub.projects.subscriptions.delete DELETE /v1/projects/*/subscriptions/*
pubsub.projects.subscriptions.detach POST /v1/projects/*/subscriptions/*:detach
pubsub.projects.subscriptions.get GET /v1/projects/*/subscriptions/*
pubsub.projects.subscriptions.getIamPolicy GET /v1/projects/*/subscriptions/*:getIamPolicy options.requestedPolicyVersion#
pubsub.projects.subscriptions.list GET /v1/projects/*/subscriptions pageSize# pageToken
pubsub.projects.subscriptions.modifyAckDeadline POST /v1/projects/*/subscriptions/*:modifyAckDeadline
pubsub.projects.subscriptions.modifyPushConfig POST /v1/projects/*/subscriptions/*:modifyPushConfig
pubsub.projects.subscriptions.patch PATCH /v1/projects/*/subscriptions/*
pubsub.projects.subscriptions.pull POST /v1/projects/*/subscriptions/*:pull
pubsub.projects.subscriptions.seek POST /v1/projects/*/subscriptions/*:seek
pubsub.projects.subscriptions.setIamPolicy POST /v1/projects/*/subscriptions/*:setIamPolicy
pubsub.projects.subscriptions.testIamPermissions POST /v1/projects/*/subscriptions/*:testIamPermissions
pubsub.projects.topics.create PUT /v1/projects/*/topics/*
pubsub.projects.topics.delete DELETE /v1/projects/*/topics/*
pubsub.projects.topics.get GET /v1/projects/*/topics/*
pubsub.projects.topics.getIamPolicy GET /v1/projects/*/topics/*:getIamPolicy options.requestedPolicyVersion#
pubsub.projects.topics.list GET /v1/projects/*/topics pageSize# pageToken
pubsub.projects.topics.patch PATCH /v1/projects/*/topics/*
pubsub.projects.topics.publish POST /v1/projects/*/topics/*:publish
pubsub.projects.topics.setIamPolicy POST /v1/projects/*/topics/*:setIamPolicy
pubsub.projects.topics.testIamPermissions POST /v1/projects/*/topics/*:testIamPermissions
pubsub.projects.topics.snapshots.list GET /v1/projects/*/topics/*/snapshots pageSize# pageToken
pubsub.projects.topics.subscriptions.list GET /v1/projects/*/topics/*/subscriptions pageSize# pageToken
`);
