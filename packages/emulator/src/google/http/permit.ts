import type { Iam } from '../../iam/policies/iam.ts';
import type { Resource } from '../../iam/policies/policy-store.ts';
import type { Permission } from '../../iam/roles/permissions.ts';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import { permissionDenied } from '../../internal/google-api/google-error.ts';

/** Whether the caller holds a permission on a resource. */
export function permitted(iam: Iam, caller: ProvenPrincipal, permission: Permission, resource: Resource): boolean {
  return iam.grantedTo({ permission, resource, principal: caller, path: '' }) !== undefined;
}

/** @throws GoogleError PERMISSION_DENIED */
export function permit(iam: Iam, caller: ProvenPrincipal, permission: Permission, resource: Resource): void {
  if (!permitted(iam, caller, permission, resource)) throw permissionDenied(permission);
}
