import type { Iam } from '../iam/iam.ts';
import type { Permission } from '../iam/permissions.ts';
import type { Resource } from '../iam/policy-store.ts';
import type { ProvenPrincipal } from '../identity/principals.ts';
import { permissionDenied } from './google-error.ts';

/** Whether the caller holds a permission on a resource. */
export function permitted(iam: Iam, caller: ProvenPrincipal, permission: Permission, resource: Resource): boolean {
  return iam.grantedTo({ permission, resource, principal: caller, path: '' }) !== undefined;
}

/** @throws GoogleError PERMISSION_DENIED */
export function permit(iam: Iam, caller: ProvenPrincipal, permission: Permission, resource: Resource): void {
  if (!permitted(iam, caller, permission, resource)) throw permissionDenied(permission);
}
