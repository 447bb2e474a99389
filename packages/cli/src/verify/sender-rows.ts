import { callersOf, type Declaration, deterministicUrl, memberOf, type SourceGrant } from '@run-edges/edges';
import type { Change } from '../deploy/change.ts';
import { howToDeploy, makerOf } from '../deployment/maker.ts';
import { regionsOf } from '../deployment/regions.ts';
import { accountIn, type LiveResource, targetIn, type WantedResource } from '../senders/kind.ts';
import { kinds } from '../senders/kinds.ts';
import { changesOf, grantCommand, isThere } from '../senders/plan-senders.ts';
import type { Row } from './row.ts';
import { onlyWhen, type Seen, type SeenSenders, shown } from './seen.ts';

/** Roles that let somebody make a sender call. */
const SETTING_OFF: Readonly<Record<'topic' | 'queue', ReadonlySet<string>>> = {
  topic: new Set([
    'roles/pubsub.publisher',
    'roles/pubsub.editor',
    'roles/pubsub.admin',
    'roles/editor',
    'roles/owner',
  ]),
  queue: new Set(['roles/cloudtasks.enqueuer', 'roles/cloudtasks.admin', 'roles/editor', 'roles/owner']),
};

/** What senders are made of: that it is as declared, that nothing else sends, and who may make it. */
export function senderRows(declaration: Declaration, seen: Seen): readonly Row[] {
  const { senders } = seen;
  if (senders === undefined) return [];
  return [
    ...senders.wanted.resources.flatMap((wanted) => resourceRows(declaration, wanted, senders, seen)),
    ...senders.wanted.grants.filter((grant) => !isThere(grant, senders.found)).map((grant) => missing(grant, senders)),
    ...undeclaredRows(declaration, senders),
    ...settingOffRows(senders),
  ];
}

const about = (on: string, service = on) =>
  ({ service, member: '', role: '', path: 'sender', on, state: 'drift' }) as const;

function resourceRows(
  declaration: Declaration,
  wanted: WantedResource,
  { found, place }: SeenSenders,
  seen: Seen,
): readonly Row[] {
  const { kind, name } = wanted;
  const live = found.resources.find((one) => one.kind === kind && one.name === name);
  const deploy = { mend: howToDeploy(makerOf(declaration, seen.services), place) };
  if (live === undefined)
    return [{ ...about(name), ...deploy, kind: 'sender', reason: `the ${kind} ${name} is declared and not there` }];
  // Who made it matters to who deploys it.
  const changes = changesOf(wanted, live).filter(({ what }) => what !== 'label managed-by');
  const { fixed, update } = kinds[kind];
  const canBe = update !== undefined && !changes.some(({ what }) => fixed.includes(what));
  const mended = canBe ? { fix: update(wanted, live, place) } : deploy;
  return changes.map((change) => ({
    ...about(name),
    ...mended,
    kind: isIdentity(change) ? 'wrong-identity' : 'sender',
    reason: `the ${kind} ${name}: ${change.what} is ${change.before ?? 'not set'}, declared is ${change.after ?? 'not set'}`,
  }));
}

function isIdentity({ what }: Change): boolean {
  return ['push-auth-service-account', 'oidc-service-account-email', 'service-account'].includes(what);
}

function missing(grant: SourceGrant, { place }: SeenSenders): Row {
  const { on, name, role, member } = grant;
  return {
    ...about(name),
    ...{ kind: 'missing', member, role },
    reason: `${shown(member)} needs ${role} on the ${on} ${name}, and does not have it`,
    fix: grantCommand(grant, place),
  };
}

/** Whatever else calls a declared receiver, or sends the tokens of a declared caller. */
function undeclaredRows(declaration: Declaration, { wanted, found, place }: SeenSenders): readonly Row[] {
  // What Eventarc makes for a trigger is told with the trigger.
  const carriers = new Set(found.resources.map(({ carrier }) => carrier));
  const isWanted = ({ kind, name }: LiveResource) =>
    (kind === 'subscription' && carriers.has(name)) ||
    wanted.resources.some((one) => one.kind === kind && one.name === name);
  const callers = new Map(callersOf(declaration).map((caller) => [memberOf(caller, place.project), caller.name]));
  return found.resources
    .filter((one) => !isWanted(one))
    .flatMap((live): Row[] => {
      const receiver = receiverOf(declaration, targetIn(live), place);
      const account = accountIn(live);
      const caller = callers.get(`serviceAccount:${account ?? ''}`);
      if (receiver === undefined && caller === undefined) return [];
      const { kind, name } = live;
      const as = account === undefined ? 'without a token' : `as ${account}`;
      const member = account === undefined ? '' : `serviceAccount:${account}`;
      return [
        {
          ...about(name, receiver ?? '*'),
          ...{ kind: 'sends', member },
          reason: `the ${kind} ${name} calls ${targetIn(live) ?? 'somebody'} ${as}, and no sender declares it`,
          mend: `Declare it under senders, or delete it: gcloud ${kinds[kind].remove(name, place).join(' ')}`,
        },
      ];
    });
}

function receiverOf(
  declaration: Declaration,
  target: string | undefined,
  place: SeenSenders['place'],
): string | undefined {
  if (target === undefined) return undefined;
  return declaration.services.find((service) =>
    regionsOf(service, place).some((region) => {
      const url = deterministicUrl(service.name, { number: place.number, region });
      return target === `${service.name} in ${region}` || target === url || target.startsWith(`${url}/`);
    }),
  )?.name;
}

/** Whoever else may publish to a topic, or put tasks into a queue, makes its senders call. */
function settingOffRows({ wanted, found, place }: SeenSenders): readonly Row[] {
  return found.bindings.flatMap(({ on, name, bindings }): readonly Row[] => {
    if (on !== 'topic' && on !== 'queue') return [];
    const declared = new Set(
      wanted.grants.filter((one) => one.on === on && one.name === name).map(({ member }) => member),
    );
    return bindings
      .filter(({ role }) => SETTING_OFF[on].has(role))
      .flatMap(({ role, members, condition }) =>
        members
          .filter((member) => !declared.has(member))
          .map(
            (member): Row => ({
              ...about(name),
              ...{ kind: 'sets-off', member, role },
              reason: `${shown(member)} has ${role} on the ${on} ${name}${onlyWhen(condition)}, and no sender’s from names them`,
              fix: grantCommand({ on, name, role, member }, place).map((word) =>
                word === 'add-iam-policy-binding' ? 'remove-iam-policy-binding' : word,
              ),
              takes: true,
              origin: 'unknown',
            }),
          ),
      );
  });
}
