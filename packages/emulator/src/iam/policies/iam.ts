import type { ProvenPrincipal } from '../../identity/principals.ts';
import type { Project } from '../../identity/project.ts';
import { placeOfName } from '../../identity/regions.ts';
import { ownEntry } from '../../internal/own-entry.ts';
import type { RequestContext } from '../conditions/conditions.ts';
import { excludesPaths } from '../conditions/excluded-paths.ts';
import type { Permission } from '../roles/permissions.ts';
import { createRoles, type Roles } from '../roles/roles.ts';
import { type Grant, grantsOf, holdsNow } from './grants.ts';
import { type Groups, groupsOf } from './groups.ts';
import type { Binding } from './policy.ts';
import type { PolicyStore, Resource } from './policy-store.ts';

export interface IamQuestion {
  readonly permission: Permission;
  readonly resource: Resource;
  /** Who asks; undefined for somebody who proved nothing. */
  readonly principal: ProvenPrincipal | undefined;
  /** The request's path, for conditions. */
  readonly path: string;
}

/** Answers who may do what, from policies, groups and conditions. */
export interface Iam {
  readonly policies: PolicyStore;
  readonly roles: Roles;
  /** The grant by which the principal has the permission, the first of several, or undefined where it has not. */
  grantedTo(question: IamQuestion): Grant | undefined;
  /** Every grant of the permission to the principal: those that hold now, and those whose condition does not. */
  grantsTo(question: IamQuestion): Grants;
  /** Every member with the permission, a condition beside it where there is one. */
  membersWith(permission: IamQuestion['permission'], resource: Resource): string[];
  /** The roles that the principal has on the resource, with the titles of their conditions, whatever they are good for. */
  rolesOf(resource: Resource, principal: ProvenPrincipal): string[];
}

export interface Grants {
  readonly holding: readonly Grant[];
  readonly failing: readonly Grant[];
}

export interface IamOptions {
  readonly policies: PolicyStore;
  /** Default: Google's alone. */
  readonly roles?: Roles;
  readonly groups: () => Groups;
  readonly project: Project;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export function createIam({ policies, roles = createRoles(), groups, project, now }: IamOptions): Iam {
  const contextOf = ({ path, resource }: IamQuestion): RequestContext => ({
    request: { path, time: new Date(now() * 1000) },
    resource: resourceAttributes(resource, project),
  });

  function grants({ permission, resource, principal }: IamQuestion): Grant[] {
    const members = principal === undefined ? ['allUsers'] : membersFor(principal, groups());
    const [ofProject] = policies.effective('project');
    const counting = policies
      .effective(resource)
      .map((policy) => ({ ...policy, resource: policy === ofProject ? ('project' as const) : resource }));
    return grantsOf(counting, permission, members, roles);
  }

  return {
    policies,
    roles,
    grantedTo(question) {
      const context = contextOf(question);
      return grants(question).find((grant) => holdsNow(grant, context));
    },
    grantsTo(question) {
      const context = contextOf(question);
      const all = grants(question);
      const holding = all.filter((grant) => holdsNow(grant, context));
      return { holding, failing: all.filter((grant) => !holding.includes(grant)) };
    },
    membersWith(permission, resource) {
      const bindings = policies.effective(resource).flatMap((policy) => policy.bindings);
      return [
        ...new Set(
          bindings
            .filter(({ role }) => roles.holds(role, permission))
            .flatMap(({ members, condition }) => members.map((member) => conditional(member, condition))),
        ),
      ];
    },
    rolesOf(resource, principal) {
      const members = membersFor(principal, groups());
      const bindings = policies.effective(resource).flatMap((policy) => policy.bindings);
      const held = bindings.filter((binding) => binding.members.some((member) => members.includes(member)));
      return held.map(({ role, condition }) => conditional(role, condition));
    },
  };
}

/** A role or a member, with the condition that it has. */
export function conditional(what: string, condition: Binding['condition']): string {
  if (condition === undefined) return what;
  const beware = excludesPaths(condition.expression) ? ', which says what is not meant: /%73ecret is not /secret' : '';
  return `${what} (on the condition "${condition.title}"${beware})`;
}

/**
 * Every member of a policy that names this principal, its own first. Federated identities are not among
 * allAuthenticatedUsers, and only users belong to a domain.
 * @see https://docs.cloud.google.com/iam/docs/principals-overview
 */
function membersFor({ member, sets }: ProvenPrincipal, groups: Groups): string[] {
  const domain = /^user:[^@]+@(.+)$/.exec(member)?.[1];
  return [
    member,
    ...sets,
    ...groupsOf(groups, member),
    ...(domain === undefined ? [] : [`domain:${domain}`]),
    ...(member.startsWith('principal:') ? [] : ['allAuthenticatedUsers']),
    'allUsers',
  ];
}

/** What is Cloud Run's, by its collection. */
const runTypes: Readonly<Record<string, 'Service' | 'Job' | 'WorkerPool'>> = {
  services: 'Service',
  jobs: 'Job',
  workerPools: 'WorkerPool',
};

/** What is of the services that send, by its collection. */
const senderTypes: Readonly<Record<string, { service: string; type: string; regional: boolean }>> = {
  topics: { service: 'pubsub.googleapis.com', type: 'Topic', regional: false },
  subscriptions: { service: 'pubsub.googleapis.com', type: 'Subscription', regional: false },
  queues: { service: 'cloudtasks.googleapis.com', type: 'Queue', regional: true },
  triggers: { service: 'eventarc.googleapis.com', type: 'Trigger', regional: true },
};

function resourceAttributes(resource: Resource, project: Project): RequestContext['resource'] {
  if (resource === 'project')
    return {
      name: `projects/${project.id}`,
      type: 'cloudresourcemanager.googleapis.com/Project',
      service: 'cloudresourcemanager.googleapis.com',
    };
  const kind = resource.slice(0, resource.indexOf('/'));
  const name = resource.slice(kind.length + 1);
  const ofRun = runTypes[kind];
  const place = placeOfName(name, project);
  if (ofRun !== undefined)
    return {
      name: `projects/${project.id}/locations/${place.project.region}/${kind}/${place.name}`,
      type: `run.googleapis.com/${ofRun}`,
      service: 'run.googleapis.com',
    };
  const ofSender = ownEntry(senderTypes, kind);
  if (ofSender !== undefined) {
    const at = ofSender.regional ? `/locations/${place.project.region}` : '';
    const { service, type } = ofSender;
    return { name: `projects/${project.id}${at}/${kind}/${place.name}`, type: `${service}/${type}`, service };
  }
  return {
    name: `projects/${project.id}/serviceAccounts/${name}`,
    type: 'iam.googleapis.com/ServiceAccount',
    service: 'iam.googleapis.com',
  };
}
