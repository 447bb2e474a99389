import { type Declaration, invokersOf, type Service, serviceAccountEmail } from '@run-edges/edges';
import { grantInvoker, INVOKER, revokeRole, updateService } from '../deployment/commands.ts';
import type { LiveService } from '../deployment/live-service.ts';
import { howToDeploy, makerOf } from '../deployment/maker.ts';
import { MANAGED_BY } from '../deployment/wanted.ts';
import type { Drift } from './drift.ts';
import { findWidened } from './find-widened.ts';
import { type Seen, shown } from './seen.ts';

/** Everything in which the live project differs from the declaration, service by service. */
export function findDrift(declaration: Declaration, seen: Seen): readonly Drift[] {
  return [
    ...declaration.services.flatMap((service) => {
      const live = seen.services.find(({ name }) => name === service.name);
      return live === undefined
        ? [notDeployed(declaration, service, seen)]
        : serviceDrift(declaration, service, live, seen);
    }),
    ...findWidened(declaration, seen),
  ];
}

function notDeployed(declaration: Declaration, { name }: Service, seen: Seen): Drift {
  return {
    kind: 'not-deployed',
    service: name,
    member: '',
    role: '',
    message: `${name} is declared and not deployed`,
    mend: howToDeploy(makerOf(declaration, seen.services), seen),
  };
}

function serviceDrift(declaration: Declaration, service: Service, live: LiveService, seen: Seen): readonly Drift[] {
  const found = [
    ...settingDrift(service, live, seen),
    ...missingInvokers(declaration, service, live, seen),
    ...extraInvokers(declaration, service, live, seen),
  ];
  if (found.length === 0 || live.bindingsOwner !== 'authoritative') return found;
  const owner = live.managedBy === '' || live.managedBy === MANAGED_BY ? 'terraform' : live.managedBy;
  return [
    {
      kind: 'authoritative-owner',
      service: service.name,
      member: '',
      role: INVOKER,
      message: `${owner} owns the whole policy of ${service.name}, and undoes at its next apply what is changed here`,
      mend: 'terraform apply',
    },
    ...found.map(({ fix, ...drift }): Drift => ({ ...drift, mend: 'terraform apply' })),
  ];
}

function settingDrift(service: Service, live: LiveService, seen: Seen): readonly Drift[] {
  const { name } = service;
  const found: Drift[] = [];
  const about = { service: name, member: '', role: '' };
  const account = serviceAccountEmail(service.serviceAccount, seen.project);
  if (live.account !== account)
    found.push({
      ...about,
      kind: 'wrong-identity',
      message: `${name} runs as ${live.account || "the project's default account"}, not as ${account}`,
      fix: updateService(name, `--service-account=${account}`, seen),
    });
  if (live.ingress !== service.ingress)
    found.push({
      ...about,
      kind: 'ingress',
      message: `${name} lets requests in from ${live.ingress}, declared is ${service.ingress}`,
      fix: updateService(name, `--ingress=${service.ingress}`, seen),
    });
  if (!service.public && !live.invokerCheck)
    found.push({
      ...about,
      kind: 'public-by-mistake',
      message: `${name} is private, and lets everybody in: its invoker check is off`,
      fix: updateService(name, '--invoker-iam-check', seen),
    });
  return found;
}

function wantedMembers(declaration: Declaration, service: Service, { project }: Seen): readonly string[] {
  const callers = invokersOf(declaration, service.name).map((caller) => {
    const account = declaration.services.find(({ name }) => name === caller)?.serviceAccount ?? caller;
    return `serviceAccount:${serviceAccountEmail(account, project)}`;
  });
  return [...(service.public ? ['allUsers'] : []), ...callers];
}

function missingInvokers(declaration: Declaration, service: Service, live: LiveService, seen: Seen): readonly Drift[] {
  const { name } = service;
  const invoking = live.bindings.filter(({ role }) => seen.invokerRoles.has(role));
  return wantedMembers(declaration, service, seen).flatMap((member): Drift[] => {
    const held = invoking.filter(({ members }) => members.includes(member));
    if (held.some(({ condition }) => condition === undefined)) return [];
    // A service without the check is public whatever its policy says.
    if (member === 'allUsers' && !live.invokerCheck) return [];
    const condition = held[0]?.condition?.expression;
    const only = condition === undefined ? '' : ` but when ${condition}`;
    return [
      {
        kind: member === 'allUsers' ? 'not-public' : 'missing',
        service: name,
        member,
        role: INVOKER,
        message:
          member === 'allUsers'
            ? `${name} is declared public, and shut${only}`
            : `${shown(member)} may not invoke ${name}${only}`,
        fix: grantInvoker(name, member, live.bindings, seen),
      },
    ];
  });
}

function extraInvokers(declaration: Declaration, service: Service, live: LiveService, seen: Seen): readonly Drift[] {
  const { name } = service;
  const wanted = new Set(wantedMembers(declaration, service, seen));
  return live.bindings
    .filter(({ role }) => seen.invokerRoles.has(role))
    .flatMap(({ role, members }) =>
      members
        .filter((member) => !wanted.has(member))
        .map((member): Drift => {
          const everybody = member === 'allUsers' || member === 'allAuthenticatedUsers';
          return {
            kind: everybody && !service.public ? 'public-by-mistake' : 'extra',
            service: name,
            member,
            role,
            message:
              everybody && !service.public
                ? `${name} is private, and lets ${member} in`
                : `${shown(member)} may invoke ${name}, which no edge declares`,
            fix: revokeRole(name, member, role, seen),
          };
        }),
    );
}
