import {
  grantActing,
  grantFederated,
  grantInvoker,
  INVOKER,
  revokeBinding,
  revokeRole,
  TOKEN_CREATOR,
  WORKLOAD_IDENTITY_USER,
} from '../deployment/commands.ts';
import type { Wanted, WantedService } from '../deployment/wanted.ts';
import type { Binding, Condition } from '../gcloud/binding.ts';
import type { Command } from '../gcloud/command.ts';
import type { Asked } from './asked.ts';
import { granting, type Step } from './change.ts';
import type { Found } from './found.ts';
import { nameOf, sameIn } from './plan-workloads.ts';

export function testerSteps({ wanted, tester }: Asked, found: Found): Step[] {
  if (tester === undefined) return [];
  return wanted.accounts
    .filter(({ email }) => !holds(found.accountBindings.get(email), TOKEN_CREATOR, tester))
    .map(({ email }) => granting(`account ${email}`, TOKEN_CREATOR, tester, grantActing(email, tester, wanted.place)));
}

/** Members of other identity providers become the account that has their edges. */
export function federatedSteps({ federated, place }: Wanted, found: Found): Step[] {
  return federated
    .filter(({ email, member }) => !holds(found.accountBindings.get(email), WORKLOAD_IDENTITY_USER, member))
    .map(({ email, member }) => {
      const beside = found.accountBindings.get(email) ?? [];
      const command = grantFederated(email, member, beside, place);
      return granting(`account ${email}`, WORKLOAD_IDENTITY_USER, member, command);
    });
}

export function edgeSteps({ services, place }: Wanted, found: Found): Step[] {
  return services.flatMap((service) => {
    const bindings = sameIn(found.services, service)?.bindings ?? [];
    const at = { ...place, region: service.region };
    return service.grants.flatMap(({ members, condition }) =>
      members
        .filter((member) => !holds(bindings, INVOKER, member, condition))
        .map((member) =>
          granting(
            nameOf('service', service, place),
            INVOKER,
            when(member, condition),
            grantInvoker(service.name, member, bindings, at, condition),
          ),
        ),
    );
  });
}

/** A grant that is there and that no edge declares. */
export interface Undeclared {
  readonly service: WantedService;
  readonly member: string;
  /** Of one who has an edge that is limited: on what this is granted. Undefined of one who has no edge. */
  readonly binding?: Pick<Binding, 'condition'>;
}

/** Invokers of declared services that no edge names, or that an edge names on another condition. */
export function undeclared(wanted: Wanted, found: Found): Undeclared[] {
  return wanted.services.flatMap((service) => {
    const held = (sameIn(found.services, service)?.bindings ?? []).filter(({ role }) => role === INVOKER);
    const strangers = [...new Set(held.flatMap(({ members }) => members))].filter(
      (member) => !service.grants.some(({ members }) => members.includes(member)),
    );
    return [
      ...strangers.map((member) => ({ service, member })),
      ...held.flatMap((binding) =>
        binding.members
          .filter((member) => isWider(service, member, binding))
          .map((member) => ({ service, member, binding })),
      ),
    ];
  });
}

/** Whether one who has a limited edge alone is let in by more than that. */
function isWider({ grants }: WantedService, member: string, { condition }: Binding): boolean {
  const own = grants.filter(({ members }) => members.includes(member));
  return own.length > 0 && own.every((grant) => grant.condition !== undefined && !isSame(grant.condition, condition));
}

export function pruneSteps(wanted: Wanted, found: Found): Step[] {
  return undeclared(wanted, found).map(({ service, member, binding }) => {
    const at = { ...wanted.place, region: service.region };
    const command: Command =
      binding === undefined
        ? revokeRole(service.name, member, INVOKER, at)
        : revokeBinding(service.name, member, INVOKER, binding.condition, at);
    const before = when(member, binding?.condition);
    const on = nameOf('service', service, wanted.place);
    return { command, changes: [{ action: 'revoke', on, what: INVOKER, before, after: null }] };
  });
}

const SECRET_READER = 'roles/secretmanager.secretAccessor';
const SQL_CLIENT = 'roles/cloudsql.client';

export function databaseSteps({ wanted, databases, cloudSql }: Asked, found: Found): Step[] {
  const { project } = wanted.place;
  // Each once, in however many regions it is.
  const readers = new Map(wanted.services.map(({ name, account }) => [name, account]));
  return [...readers].flatMap(([name, account]) => {
    const secret = databases.get(name);
    if (secret === undefined) return [];
    const member = `serviceAccount:${account}`;
    const steps: Step[] = [];
    if (!holds(found.secretBindings.get(secret), SECRET_READER, member))
      steps.push(granting(`secret ${secret}`, SECRET_READER, member, grantSecret(secret, member, project)));
    if (cloudSql !== undefined && !holds(found.projectBindings, SQL_CLIENT, member))
      steps.push(granting(`project ${project}`, SQL_CLIENT, member, grantOnProject(project, member)));
    return steps;
  });
}

function grantSecret(secret: string, member: string, project: string): Command {
  return [
    ...['secrets', 'add-iam-policy-binding', secret],
    ...[`--member=${member}`, `--role=${SECRET_READER}`, `--project=${project}`],
  ];
}

function grantOnProject(project: string, member: string): Command {
  return [
    ...['projects', 'add-iam-policy-binding', project],
    ...[`--member=${member}`, `--role=${SQL_CLIENT}`, '--condition=None'],
  ];
}

function holds(
  bindings: readonly Binding[] | undefined,
  role: string,
  member: string,
  condition?: Condition | undefined,
): boolean {
  return (bindings ?? []).some(
    (one) => one.role === role && isSame(one.condition, condition) && one.members.includes(member),
  );
}

/** Titles are for people: what counts is when it holds. */
function isSame(one: Condition | undefined, other: Condition | undefined): boolean {
  return one?.expression === other?.expression;
}

function when(member: string, condition: Condition | undefined): string {
  return condition === undefined ? member : `${member} when ${condition.expression}`;
}
