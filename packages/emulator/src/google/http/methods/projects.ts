import { methods } from './methods.ts';

/**
 * Cloud Resource Manager API v1 and v3, Service Usage API v1 and Cloud Billing API v1, as far as they are about one
 * project.
 * @see https://docs.cloud.google.com/resource-manager/reference/rest
 * @see https://docs.cloud.google.com/service-usage/docs/reference/rest
 * @see https://docs.cloud.google.com/billing/docs/reference/rest
 */
export const projects = methods(`
cloudresourcemanager.projects.clearOrgPolicy POST /v1/projects/*:clearOrgPolicy
cloudresourcemanager.projects.create POST /v1/projects
cloudresourcemanager.projects.delete DELETE /v1/projects/*
cloudresourcemanager.projects.get GET /v1/projects/*
cloudresourcemanager.projects.getAncestry POST /v1/projects/*:getAncestry
cloudresourcemanager.projects.getEffectiveOrgPolicy POST /v1/projects/*:getEffectiveOrgPolicy
cloudresourcemanager.projects.getIamPolicy POST /v1/projects/*:getIamPolicy
cloudresourcemanager.projects.getOrgPolicy POST /v1/projects/*:getOrgPolicy
cloudresourcemanager.projects.list GET /v1/projects filter pageSize# pageToken
cloudresourcemanager.projects.listAvailableOrgPolicyConstraints POST /v1/projects/*:listAvailableOrgPolicyConstraints
cloudresourcemanager.projects.listOrgPolicies POST /v1/projects/*:listOrgPolicies
cloudresourcemanager.projects.setIamPolicy POST /v1/projects/*:setIamPolicy
cloudresourcemanager.projects.setOrgPolicy POST /v1/projects/*:setOrgPolicy
cloudresourcemanager.projects.testIamPermissions POST /v1/projects/*:testIamPermissions
cloudresourcemanager.projects.undelete POST /v1/projects/*:undelete
cloudresourcemanager.projects.update PUT /v1/projects/*
cloudresourcemanager.projects.create POST /v3/projects
cloudresourcemanager.projects.delete DELETE /v3/projects/*
cloudresourcemanager.projects.get GET /v3/projects/*
cloudresourcemanager.projects.getIamPolicy POST /v3/projects/*:getIamPolicy
cloudresourcemanager.projects.list GET /v3/projects pageSize# pageToken parent showDeleted?
cloudresourcemanager.projects.move POST /v3/projects/*:move
cloudresourcemanager.projects.patch PATCH /v3/projects/* updateMask
cloudresourcemanager.projects.search GET /v3/projects:search pageSize# pageToken query
cloudresourcemanager.projects.setIamPolicy POST /v3/projects/*:setIamPolicy
cloudresourcemanager.projects.testIamPermissions POST /v3/projects/*:testIamPermissions
cloudresourcemanager.projects.undelete POST /v3/projects/*:undelete
serviceusage.operations.cancel POST /v1/operations/*:cancel
serviceusage.operations.delete DELETE /v1/operations/*
serviceusage.operations.get GET /v1/operations/*
serviceusage.operations.list GET /v1/operations filter name pageSize# pageToken returnPartialSuccess?
serviceusage.services.batchEnable POST /v1/projects/*/services:batchEnable
serviceusage.services.batchGet GET /v1/projects/*/services:batchGet names*
serviceusage.services.disable POST /v1/projects/*/services/*:disable
serviceusage.services.enable POST /v1/projects/*/services/*:enable
serviceusage.services.get GET /v1/projects/*/services/*
serviceusage.services.list GET /v1/projects/*/services filter pageSize# pageToken
cloudbilling.projects.getBillingInfo GET /v1/projects/*/billingInfo
cloudbilling.projects.updateBillingInfo PUT /v1/projects/*/billingInfo
`);
