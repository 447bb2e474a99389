import { methods } from './methods.ts';

/**
 * Identity and Access Management API v1, as far as it is about projects, and Service Account Credentials API v1.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest
 * @see https://docs.cloud.google.com/iam/docs/reference/credentials/rest
 */
export const iam = methods(`
iam.permissions.queryTestablePermissions POST /v1/permissions:queryTestablePermissions
iam.projects.locations.oauthClients.create POST /v1/projects/*/locations/*/oauthClients oauthClientId
iam.projects.locations.oauthClients.delete DELETE /v1/projects/*/locations/*/oauthClients/*
iam.projects.locations.oauthClients.get GET /v1/projects/*/locations/*/oauthClients/*
iam.projects.locations.oauthClients.list GET /v1/projects/*/locations/*/oauthClients pageSize# pageToken showDeleted?
iam.projects.locations.oauthClients.patch PATCH /v1/projects/*/locations/*/oauthClients/* updateMask
iam.projects.locations.oauthClients.undelete POST /v1/projects/*/locations/*/oauthClients/*:undelete
iam.projects.locations.oauthClients.credentials.create POST /v1/projects/*/locations/*/oauthClients/*/credentials oauthClientCredentialId
iam.projects.locations.oauthClients.credentials.delete DELETE /v1/projects/*/locations/*/oauthClients/*/credentials/*
iam.projects.locations.oauthClients.credentials.get GET /v1/projects/*/locations/*/oauthClients/*/credentials/*
iam.projects.locations.oauthClients.credentials.list GET /v1/projects/*/locations/*/oauthClients/*/credentials
iam.projects.locations.oauthClients.credentials.patch PATCH /v1/projects/*/locations/*/oauthClients/*/credentials/* updateMask
iam.projects.locations.workloadIdentityPools.addAttestationRule POST /v1/projects/*/locations/*/workloadIdentityPools/*:addAttestationRule
iam.projects.locations.workloadIdentityPools.create POST /v1/projects/*/locations/*/workloadIdentityPools workloadIdentityPoolId
iam.projects.locations.workloadIdentityPools.delete DELETE /v1/projects/*/locations/*/workloadIdentityPools/*
iam.projects.locations.workloadIdentityPools.get GET /v1/projects/*/locations/*/workloadIdentityPools/*
iam.projects.locations.workloadIdentityPools.getIamPolicy POST /v1/projects/*/locations/*/workloadIdentityPools/*:getIamPolicy
iam.projects.locations.workloadIdentityPools.list GET /v1/projects/*/locations/*/workloadIdentityPools pageSize# pageToken showDeleted?
iam.projects.locations.workloadIdentityPools.listAttestationRules GET /v1/projects/*/locations/*/workloadIdentityPools/*:listAttestationRules filter pageSize# pageToken
iam.projects.locations.workloadIdentityPools.patch PATCH /v1/projects/*/locations/*/workloadIdentityPools/* updateMask
iam.projects.locations.workloadIdentityPools.removeAttestationRule POST /v1/projects/*/locations/*/workloadIdentityPools/*:removeAttestationRule
iam.projects.locations.workloadIdentityPools.setAttestationRules POST /v1/projects/*/locations/*/workloadIdentityPools/*:setAttestationRules
iam.projects.locations.workloadIdentityPools.setIamPolicy POST /v1/projects/*/locations/*/workloadIdentityPools/*:setIamPolicy
iam.projects.locations.workloadIdentityPools.testIamPermissions POST /v1/projects/*/locations/*/workloadIdentityPools/*:testIamPermissions
iam.projects.locations.workloadIdentityPools.undelete POST /v1/projects/*/locations/*/workloadIdentityPools/*:undelete
iam.projects.locations.workloadIdentityPools.namespaces.create POST /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces workloadIdentityPoolNamespaceId
iam.projects.locations.workloadIdentityPools.namespaces.delete DELETE /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*
iam.projects.locations.workloadIdentityPools.namespaces.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*
iam.projects.locations.workloadIdentityPools.namespaces.list GET /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces pageSize# pageToken showDeleted?
iam.projects.locations.workloadIdentityPools.namespaces.patch PATCH /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/* updateMask
iam.projects.locations.workloadIdentityPools.namespaces.undelete POST /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*:undelete
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.addAttestationRule POST /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*:addAttestationRule
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.create POST /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities workloadIdentityPoolManagedIdentityId
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.delete DELETE /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.list GET /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities pageSize# pageToken showDeleted?
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.listAttestationRules GET /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*:listAttestationRules filter pageSize# pageToken
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.patch PATCH /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/* updateMask
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.removeAttestationRule POST /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*:removeAttestationRule
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.setAttestationRules POST /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*:setAttestationRules
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.undelete POST /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*:undelete
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.operations.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*/operations/*
iam.projects.locations.workloadIdentityPools.namespaces.managedIdentities.workloadSources.operations.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/managedIdentities/*/workloadSources/*/operations/*
iam.projects.locations.workloadIdentityPools.namespaces.operations.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/namespaces/*/operations/*
iam.projects.locations.workloadIdentityPools.operations.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/operations/*
iam.projects.locations.workloadIdentityPools.providers.create POST /v1/projects/*/locations/*/workloadIdentityPools/*/providers workloadIdentityPoolProviderId
iam.projects.locations.workloadIdentityPools.providers.delete DELETE /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*
iam.projects.locations.workloadIdentityPools.providers.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*
iam.projects.locations.workloadIdentityPools.providers.list GET /v1/projects/*/locations/*/workloadIdentityPools/*/providers pageSize# pageToken showDeleted?
iam.projects.locations.workloadIdentityPools.providers.patch PATCH /v1/projects/*/locations/*/workloadIdentityPools/*/providers/* updateMask
iam.projects.locations.workloadIdentityPools.providers.undelete POST /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*:undelete
iam.projects.locations.workloadIdentityPools.providers.keys.create POST /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*/keys workloadIdentityPoolProviderKeyId
iam.projects.locations.workloadIdentityPools.providers.keys.delete DELETE /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*/keys/*
iam.projects.locations.workloadIdentityPools.providers.keys.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*/keys/*
iam.projects.locations.workloadIdentityPools.providers.keys.list GET /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*/keys pageSize# pageToken showDeleted?
iam.projects.locations.workloadIdentityPools.providers.keys.undelete POST /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*/keys/*:undelete
iam.projects.locations.workloadIdentityPools.providers.keys.operations.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*/keys/*/operations/*
iam.projects.locations.workloadIdentityPools.providers.operations.get GET /v1/projects/*/locations/*/workloadIdentityPools/*/providers/*/operations/*
iam.projects.roles.create POST /v1/projects/*/roles
iam.projects.roles.delete DELETE /v1/projects/*/roles/* etag
iam.projects.roles.get GET /v1/projects/*/roles/*
iam.projects.roles.list GET /v1/projects/*/roles pageSize# pageToken showDeleted? view
iam.projects.roles.patch PATCH /v1/projects/*/roles/* updateMask
iam.projects.roles.undelete POST /v1/projects/*/roles/*:undelete
iam.projects.serviceAccounts.create POST /v1/projects/*/serviceAccounts
iam.projects.serviceAccounts.delete DELETE /v1/projects/*/serviceAccounts/*
iam.projects.serviceAccounts.disable POST /v1/projects/*/serviceAccounts/*:disable
iam.projects.serviceAccounts.enable POST /v1/projects/*/serviceAccounts/*:enable
iam.projects.serviceAccounts.get GET /v1/projects/*/serviceAccounts/*
iam.projects.serviceAccounts.getIamPolicy POST /v1/projects/*/serviceAccounts/*:getIamPolicy options.requestedPolicyVersion#
iam.projects.serviceAccounts.list GET /v1/projects/*/serviceAccounts pageSize# pageToken
iam.projects.serviceAccounts.patch PATCH /v1/projects/*/serviceAccounts/*
iam.projects.serviceAccounts.setIamPolicy POST /v1/projects/*/serviceAccounts/*:setIamPolicy
iam.projects.serviceAccounts.signBlob POST /v1/projects/*/serviceAccounts/*:signBlob
iam.projects.serviceAccounts.signJwt POST /v1/projects/*/serviceAccounts/*:signJwt
iam.projects.serviceAccounts.testIamPermissions POST /v1/projects/*/serviceAccounts/*:testIamPermissions
iam.projects.serviceAccounts.undelete POST /v1/projects/*/serviceAccounts/*:undelete
iam.projects.serviceAccounts.update PUT /v1/projects/*/serviceAccounts/*
iam.projects.serviceAccounts.keys.create POST /v1/projects/*/serviceAccounts/*/keys
iam.projects.serviceAccounts.keys.delete DELETE /v1/projects/*/serviceAccounts/*/keys/*
iam.projects.serviceAccounts.keys.disable POST /v1/projects/*/serviceAccounts/*/keys/*:disable
iam.projects.serviceAccounts.keys.enable POST /v1/projects/*/serviceAccounts/*/keys/*:enable
iam.projects.serviceAccounts.keys.get GET /v1/projects/*/serviceAccounts/*/keys/* publicKeyType
iam.projects.serviceAccounts.keys.list GET /v1/projects/*/serviceAccounts/*/keys keyTypes*
iam.projects.serviceAccounts.keys.upload POST /v1/projects/*/serviceAccounts/*/keys:upload
iam.roles.get GET /v1/roles/*
iam.roles.list GET /v1/roles pageSize# pageToken parent showDeleted? view
iam.roles.queryGrantableRoles POST /v1/roles:queryGrantableRoles
iamcredentials.projects.locations.workloadIdentityPools.getAllowedLocations GET /v1/projects/*/locations/*/workloadIdentityPools/*/allowedLocations
iamcredentials.projects.serviceAccounts.generateAccessToken POST /v1/projects/*/serviceAccounts/*:generateAccessToken
iamcredentials.projects.serviceAccounts.generateIdToken POST /v1/projects/*/serviceAccounts/*:generateIdToken
iamcredentials.projects.serviceAccounts.getAllowedLocations GET /v1/projects/*/serviceAccounts/*/allowedLocations
iamcredentials.projects.serviceAccounts.signBlob POST /v1/projects/*/serviceAccounts/*:signBlob
iamcredentials.projects.serviceAccounts.signJwt POST /v1/projects/*/serviceAccounts/*:signJwt
`);
