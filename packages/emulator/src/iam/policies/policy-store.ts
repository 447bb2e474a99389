import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Elapsed } from '../../internal/elapsed.ts';
import { remember, type Undo } from '../../internal/remember.ts';
import { excludedPathWarnings } from '../conditions/excluded-paths.ts';
import { createRoles, type Roles } from '../roles/roles.ts';
import type { Binding, Policy } from './policy.ts';
import { policyProblem } from './policy-problem.ts';

/** What a policy is attached to. A project's policy counts for everything in it. */
export type Resource =
  | `services/${string}`
  | `jobs/${string}`
  | `workerPools/${string}`
  | `serviceAccounts/${string}`
  | `topics/${string}`
  | `subscriptions/${string}`
  | `queues/${string}`
  | `triggers/${string}`
  | 'project';

/** A service, a queue or a trigger outside the project's own region is `services/REGION/NAME`. */
const RESOURCE =
  /^(?:project|(?:services|queues|triggers)\/[^/]+\/[^/]+|(?:services|jobs|workerPools|serviceAccounts|topics|subscriptions|queues|triggers)\/[^/]+)$/;

/** A policy that cannot be written; `status` is Google's. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly status: 'ABORTED' | 'INVALID_ARGUMENT';

  constructor(status: PolicyError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** What `setIamPolicy` takes. Without an etag the write wins over whatever was there. */
export interface PolicyWrite {
  readonly bindings: readonly Binding[];
  readonly etag?: string;
  readonly version?: number;
}

interface AccountIds {
  readonly email: string;
  readonly uniqueId: string;
}

/** The IAM policies of the project and of what is in it. */
export interface PolicyStore {
  read(resource: Resource): Policy;
  /** @throws PolicyError ABORTED when the etag is not the newest, INVALID_ARGUMENT */
  write(resource: Resource, policy: PolicyWrite): Policy;
  /** Adds a member to a role as read-modify-write would. @throws PolicyError INVALID_ARGUMENT */
  grant(resource: Resource, role: string, member: string, condition?: Binding['condition']): Policy;
  revoke(resource: Resource, role: string, member: string): Policy;
  /** The policies that count for the resource by now: its own and the project's, each as old as changes take to arrive. */
  effective(resource: Resource): readonly Policy[];
  /** Forgets the policy of a resource that was deleted. */
  remove(resource: Resource): void;
  /** Policies name a deleted account as deleted, so that one of the same e-mail that comes later holds nothing by them. */
  forget(account: AccountIds): void;
  /** The account is there again, and so is what it holds. */
  recall(account: AccountIds): void;
  /** A number that stays the same while the same policies count; undefined where time alone may change what counts. */
  stamp(): number | undefined;
  /** Every policy that was ever written. */
  entries(): IterableIterator<readonly [Resource, Policy]>;
  remember(): Undo;
  onChange(listener: () => void): void;
}

export interface PolicyStoreOptions {
  readonly initial?: Iterable<readonly [Resource, readonly Binding[]]>;
  readonly elapsed: Elapsed;
  /** Which roles there are. Default: Google's alone. */
  readonly roles?: Pick<Roles, 'isGrantable' | 'changes'>;
  /** Seconds that a change takes until it counts. */
  readonly delay: () => number;
  /** Told what to know about a policy that was written. */
  readonly warn?: ((warning: string) => void) | undefined;
}

/** What `getIamPolicy` answers for a policy that was never set. */
export const NEVER_SET: Policy = { version: 1, etag: 'ACAB', bindings: [] };
const CONFLICT =
  'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.';

const CONDITIONS_NOT_SEEN = 'Policy version must be set to 3 when the policy has a condition.';

/** Older states are kept per resource only as long as a delay can ask for them. */
const MOST_STATES = 20;

interface State {
  /** By {@link Elapsed}. */
  readonly since: number;
  readonly policy: Policy;
}

export function createPolicyStore(options: PolicyStoreOptions): PolicyStore {
  const { initial = [], elapsed, roles = createRoles(), delay, warn } = options;
  const states = new Map<Resource, State[]>();
  const listeners: (() => void)[] = [];
  let writes = 0;

  const read = (resource: Resource) => states.get(resource)?.at(-1)?.policy ?? NEVER_SET;

  function put(resource: Resource, bindings: readonly Binding[], since: number): Policy {
    // gcloud sends bytes back in the other alphabet of base64 (RFC 4648 section 5): those of letters and digits are alike in both.
    const etag = Buffer.from(randomBytes(9).toString('hex')).toString('base64');
    writes++;
    const version = bindings.some(({ condition }) => condition !== undefined) ? 3 : 1;
    const policy: Policy = { version, etag, bindings: merged(bindings) };
    states.set(resource, [...(states.get(resource) ?? []), { since, policy }].slice(-MOST_STATES));
    return policy;
  }

  function write(resource: Resource, { bindings, etag, version }: PolicyWrite): Policy {
    if (etag !== undefined && etag !== '' && etag !== read(resource).etag) throw new PolicyError('ABORTED', CONFLICT);
    // A write that shows the etag has read the policy: without version 3 it saw no conditions, and would lose them.
    const blind = etag !== undefined && etag !== '' && read(resource).version === 3 && version !== 3;
    const unknown = RESOURCE.test(resource) ? undefined : `${resource} is no resource with a policy.`;
    const problem =
      unknown ?? (blind ? CONDITIONS_NOT_SEEN : (policyProblem(bindings, version) ?? noSuchRole(resource, bindings)));
    if (problem !== undefined) throw new PolicyError('INVALID_ARGUMENT', problem);
    const policy = put(resource, bindings, elapsed());
    for (const warning of excludedPathWarnings(resource, bindings)) warn?.(warning);
    for (const listener of listeners) listener();
    return policy;
  }

  /** A role that the policy names already may stay: it can have been deleted since. */
  function noSuchRole(resource: Resource, bindings: readonly Binding[]): string | undefined {
    const before = new Set(read(resource).bindings.map(({ role }) => role));
    const unknown = bindings.find(({ role }) => !before.has(role) && !roles.isGrantable(role));
    return unknown === undefined ? undefined : `Role ${unknown.role} is not supported for this resource.`;
  }

  /** The policy of a deleted account is kept by its unique id, which no other account has. */
  function move(from: Resource, to: Resource): void {
    const kept = states.get(from);
    states.delete(from);
    if (kept !== undefined) states.set(to, kept);
  }

  function rename(from: string, to: string): void {
    writes++;
    for (const resource of states.keys()) {
      const { bindings } = read(resource);
      if (!bindings.some(({ members }) => members.includes(from))) continue;
      const members = (of: Binding) => of.members.map((member) => (member === from ? to : member));
      put(
        resource,
        bindings.map((binding) => ({ ...binding, members: members(binding) })),
        elapsed(),
      );
    }
    for (const listener of listeners) listener();
  }

  for (const [resource, bindings] of initial) put(resource, bindings, Number.NEGATIVE_INFINITY);

  return {
    read,
    write,
    grant: (resource, role, member, condition) =>
      write(resource, {
        bindings: [...read(resource).bindings, { role, members: [member], ...(condition && { condition }) }],
        version: 3,
      }),
    revoke: (resource, role, member) =>
      write(resource, {
        bindings: read(resource).bindings.map((binding) =>
          binding.role === role
            ? { ...binding, members: binding.members.filter((other) => other !== member) }
            : binding,
        ),
        version: 3,
      }),
    effective(resource) {
      const arrived = (one: Resource) =>
        states.get(one)?.findLast(({ since }) => since + delay() * 1000 <= elapsed())?.policy;
      const counting = resource === 'project' ? [arrived('project')] : [arrived(resource), arrived('project')];
      return counting.filter((policy) => policy !== undefined);
    },
    stamp: () => (delay() === 0 ? writes + roles.changes() : undefined),
    remove(resource) {
      states.delete(resource);
      writes++;
      for (const listener of listeners) listener();
    },
    forget({ email, uniqueId }) {
      move(`serviceAccounts/${email}`, `serviceAccounts/${uniqueId}`);
      rename(`serviceAccount:${email}`, deletedMember(email, uniqueId));
    },
    recall({ email, uniqueId }) {
      move(`serviceAccounts/${uniqueId}`, `serviceAccounts/${email}`);
      rename(deletedMember(email, uniqueId), `serviceAccount:${email}`);
    },
    *entries() {
      for (const resource of states.keys()) yield [resource, read(resource)] as const;
    },
    remember() {
      const undo = remember(states);
      return () => {
        undo();
        writes++;
      };
    },
    onChange: (listener) => listeners.push(listener),
  };
}

function deletedMember(email: string, uniqueId: string): string {
  return `deleted:serviceAccount:${email}?uid=${uniqueId}`;
}

/** One binding for each role and condition, each member once, and none that is empty: as Google normalises them. */
function merged(bindings: readonly Binding[]): Binding[] {
  const result: Binding[] = [];
  for (const binding of bindings) {
    const at = result.findIndex(
      (other) => other.role === binding.role && isDeepStrictEqual(other.condition, binding.condition),
    );
    const members = [...new Set([...(result[at]?.members ?? []), ...binding.members])];
    if (at < 0) result.push({ ...binding, members });
    else result[at] = { ...binding, members };
  }
  return result.filter(({ members }) => members.length > 0);
}
