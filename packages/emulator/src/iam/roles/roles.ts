import { list, object, text, texts } from '../../internal/json-shape.ts';
import { remember, type Undo } from '../../internal/remember.ts';
import { isOtherService, type Permission, permissionNamed } from './permissions.ts';
import { predefinedRoles, type Stage } from './predefined-roles.ts';

/** A role that users made for the project. */
export interface CustomRole {
  /** What stands behind `projects/ID/roles/`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly stage: Stage;
  /** As they were given: also of APIs that are not played here. */
  readonly includedPermissions: readonly string[];
  /** Base64. */
  readonly etag: string;
  /** When it was deleted, in seconds since the epoch. */
  readonly deleted?: number;
}

/** What a state file must hold of it. What stands deeper is checked where it is used. */
export const savedRolesShape = list(
  object(
    { id: text, title: text, description: text, stage: text, includedPermissions: texts, etag: text },
    { deleted: { type: 'number' } },
  ),
);

/** The one table of who may do what by which role: Google's roles, and the project's own. */
export interface Roles {
  /** Whether the role is good for the permission. */
  holds(role: string, permission: Permission): boolean;
  /** Whether bindings may name the role. A name in an API that is not played here is taken as it is. */
  isGrantable(role: string): boolean;
  /** The project's own by their ids, those that were deleted among them. */
  custom(): readonly CustomRole[];
  find(id: string): CustomRole | undefined;
  put(role: CustomRole): void;
  /** A number that grows with each change. */
  changes(): number;
  save(): readonly CustomRole[];
  remember(): Undo;
}

export interface RoleOptions {
  /** Whose custom roles they are: without it there are none. */
  readonly projectId?: string;
  /** Seconds since the epoch. */
  readonly now?: () => number;
  readonly saved?: readonly CustomRole[] | undefined;
  readonly onChange?: () => void;
}

const DAY_S = 86_400;
/** @see https://docs.cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role */
const UNDELETE_DAYS = 7;
const ID_TAKEN_DAYS = 44;

const OF_SERVICE = /^roles\/([a-z][a-z0-9]*)\.[A-Za-z][\w.]*$/;

export function createRoles({ projectId, now = () => 0, saved = [], onChange }: RoleOptions = {}): Roles {
  const own = new Map<string, CustomRole>();
  const held = new Map<string, ReadonlySet<Permission>>();
  const prefix = `projects/${projectId}/roles/`;
  let changes = 0;

  function put(role: CustomRole): void {
    own.set(role.id, role);
    held.delete(role.id);
  }
  for (const role of saved) put(role);

  const named = (role: string) =>
    projectId !== undefined && role.startsWith(prefix) ? own.get(role.slice(prefix.length)) : undefined;
  const present = (role: CustomRole) => role.deleted === undefined || now() - role.deleted < ID_TAKEN_DAYS * DAY_S;

  function holdsOwn(role: CustomRole, permission: Permission): boolean {
    if (role.deleted !== undefined || role.stage === 'DISABLED') return false;
    const known = held.get(role.id);
    if (known !== undefined) return known.has(permission);
    const fresh = new Set(role.includedPermissions.flatMap((name) => permissionNamed(name) ?? []));
    held.set(role.id, fresh);
    return fresh.has(permission);
  }

  return {
    holds(role, permission) {
      const predefined = predefinedRoles.get(role);
      if (predefined !== undefined) return predefined.permissions.has(permission);
      const custom = named(role);
      return custom !== undefined && holdsOwn(custom, permission);
    },
    isGrantable(role) {
      if (predefinedRoles.has(role)) return true;
      const custom = named(role);
      if (custom !== undefined) return custom.deleted === undefined;
      return isOtherService(OF_SERVICE.exec(role)?.[1] ?? '');
    },
    custom: () => [...own.values()].filter(present).toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    find(id) {
      const role = own.get(id);
      return role !== undefined && present(role) ? role : undefined;
    },
    put(role) {
      put(role);
      changes++;
      onChange?.();
    },
    changes: () => changes,
    save: () => [...own.values()].filter(present),
    remember() {
      const undo = remember(own);
      return () => {
        undo();
        held.clear();
        changes++;
      };
    },
  };
}

/** Whether a role that was deleted can still be brought back. @param now seconds since the epoch */
export function canBeUndeleted({ deleted = 0 }: CustomRole, now: number): boolean {
  return now - deleted < UNDELETE_DAYS * DAY_S;
}
