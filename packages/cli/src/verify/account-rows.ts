import { type Caller, callersOf, type Declaration, isFederated, memberOf } from '@run-edges/edges';
import { deleteKey, grantFederated, revokeOnAccount, WORKLOAD_IDENTITY_USER } from '../deployment/commands.ts';
import type { Binding } from '../gcloud/binding.ts';
import { abilitiesOf } from './abilities.ts';
import { deployers } from './project-rows.ts';
import type { Row } from './row.ts';
import { onlyWhen, type Seen, type SeenAccount, shown } from './seen.ts';

/** An account of the project that may invoke, and those of the file who call as it. */
interface Calling {
  readonly account: SeenAccount;
  readonly callers: readonly Caller[];
  /** The receivers that it opens. */
  readonly receivers: readonly string[];
}

/** Who may become an account that calls: by a role on it, by deploying as it, or by a key of it. */
export function accountRows(declaration: Declaration, seen: Seen): readonly Row[] {
  const deploying = deployers(seen);
  return callingAccounts(declaration, seen).flatMap((calling) => [
    ...missing(calling, seen),
    ...calling.account.bindings.flatMap((binding) =>
      binding.members.flatMap((member) => held(binding, member, calling, deploying, seen)),
    ),
    ...calling.account.keys.map((key) => keyRow(key, calling, seen)),
  ]);
}

function callingAccounts(declaration: Declaration, { project, accounts }: Seen): readonly Calling[] {
  const calling = callersOf(declaration).filter(({ calls }) => calls.length > 0);
  const byMember = Map.groupBy(calling, (caller) => memberOf(caller, project));
  return [...byMember].flatMap(([member, callers]) => {
    const account = accounts?.get(shown(member));
    const receivers = [...new Set(callers.flatMap(({ calls }) => calls))];
    return account === undefined ? [] : [{ account, callers, receivers }];
  });
}

function about({ account, receivers }: Calling) {
  return { service: receivers.join(', '), path: 'account', on: account.email } as const;
}

/** A federated caller is declared to be its account. */
function declaredAs({ callers }: Calling, member: string): Caller | undefined {
  return callers.find((caller) => caller.member === member && isFederated(member));
}

function missing(calling: Calling, { project }: Seen): readonly Row[] {
  const { account, callers } = calling;
  return callers.flatMap(({ member = '' }): Row[] => {
    if (!isFederated(member)) return [];
    const isThere = account.bindings.some(
      ({ role, members, condition }) =>
        role === WORKLOAD_IDENTITY_USER && condition === undefined && members.includes(member),
    );
    if (isThere) return [];
    return [
      {
        ...about(calling),
        kind: 'missing',
        member,
        role: WORKLOAD_IDENTITY_USER,
        state: 'drift',
        reason: `${member} may not become ${account.email}, as which it calls`,
        fix: grantFederated(account.email, member, account.bindings, { project }),
      },
    ];
  });
}

function held(
  binding: Binding,
  member: string,
  calling: Calling,
  deploying: ReadonlySet<string>,
  { project, roles }: Seen,
): readonly Row[] {
  const { role, condition } = binding;
  const { becomes, actsAs } = abilitiesOf(roles.get(role));
  if (!becomes && !(actsAs && deploying.has(member))) return [];
  const { account, receivers } = calling;
  const shared = {
    ...about(calling),
    member,
    role,
    ...(condition === undefined ? {} : { condition: condition.expression }),
  };
  const caller = role === WORKLOAD_IDENTITY_USER ? declaredAs(calling, member) : undefined;
  if (caller !== undefined)
    return [
      { ...shared, kind: 'edge', state: 'declared', reason: `${member} becomes ${account.email} as ${caller.name}` },
    ];
  return [
    {
      ...shared,
      kind: becomes ? 'becomes' : 'deploys',
      state: 'drift',
      reason: `${shown(member)} may ${becomes ? 'become' : 'deploy as'} ${account.email}, which calls ${receivers.join(', ')}${onlyWhen(binding.condition)}`,
      fix: revokeOnAccount(account.email, member, role, { project }),
      takes: true,
      origin: 'unknown',
    },
  ];
}

function keyRow(key: string, calling: Calling, { project }: Seen): Row {
  const { email } = calling.account;
  return {
    ...about(calling),
    path: 'key',
    kind: 'key',
    member: `serviceAccount:${email}`,
    role: '',
    state: 'drift',
    reason: `whoever has the key ${key} is ${email}, which calls ${calling.receivers.join(', ')}`,
    fix: deleteKey(email, key, { project }),
    takes: true,
    origin: 'unknown',
  };
}
