import { type Caller, type CallerKind, callersOf, type Declaration, isFederated, STRANGER } from '@run-edges/edges';
import { memberIn } from '../../iam/policies/declared-policy.ts';
import type { StandIns } from '../../iam/policies/stand-ins.ts';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { ListedPrincipal } from '../../run/revisions/principal.ts';

/** How a caller comes by its ID tokens here. */
export type TokenWay =
  /** It asks its own metadata server. */
  | 'metadata-server'
  /** Its account has none here now: it is signed for. */
  | 'account'
  /** As gcloud gives it to a person who is signed in; for a group or a domain, to one who is in it. */
  | 'user'
  /** A subject token of its pool is exchanged, and its account asked for. */
  | 'federation';

/** What `GET /run-edges/v1/callers` lists. */
export interface ListedCaller {
  readonly name: string;
  readonly kind: CallerKind | typeof STRANGER;
  /** As policies name it; of federated callers, the account that they act as. */
  readonly member: string;
  readonly how: TokenWay;
  /** Who has the ID token: an e-mail. */
  readonly email: string;
  /** The declared member, where the token is of another: of one who is in a group or a domain, or of an account. */
  readonly for?: string;
}

export interface KnownCallers {
  /** Everybody who calls: the declared callers in their order, then services that came later, then the stranger. */
  list(): readonly ListedCaller[];
}

export interface KnownCallersOptions {
  readonly declaration: () => Declaration;
  readonly accounts: Pick<Accounts, 'byEmail'>;
  readonly standIns: Pick<StandIns, 'of'>;
  readonly emailOf: (name: string) => string;
  /** Those who have a metadata server now. */
  readonly principals: () => readonly (Pick<ListedPrincipal, 'name' | 'email'> & Pick<ListedCaller, 'kind'>)[];
}

export function createKnownCallers(options: KnownCallersOptions): KnownCallers {
  const { declaration, accounts, standIns, emailOf, principals } = options;

  function listed(caller: Caller, email: string | undefined): readonly ListedCaller[] {
    const { name, kind, member } = caller;
    if (email !== undefined) return [running(name, kind, email)];
    const own = memberIn(caller, emailOf);
    if (member === undefined || isFederated(member)) {
      // A service that is not deployed is nobody, and neither is who acts as an account that is not there.
      if (kind === 'service' || accounts.byEmail(emailOf(name)) === undefined) return [];
      const account = { name, kind, member: own, email: emailOf(name) } as const;
      return [member === undefined ? { ...account, how: 'account' } : { ...account, how: 'federation', for: member }];
    }
    const [, type = '', named = ''] = /^(\w+):(.*)$/.exec(member) ?? [];
    if (type === 'serviceAccount') return [{ name, kind, member, how: 'account', email: named }];
    const standIn = standIns.of(member);
    if (standIn === undefined) return [{ name, kind, member, how: 'user', email: named }];
    return [{ name, kind, member, how: 'user', email: standIn.slice('user:'.length), for: member }];
  }

  return {
    list() {
      const declared = callersOf(declaration());
      const live = new Map(principals().map((one) => [one.name, one]));
      const later = [...live.values()].filter(({ name }) => !declared.some((one) => one.name === name));
      return [
        ...declared.flatMap((caller) => listed(caller, live.get(caller.name)?.email)),
        ...[...later.filter(({ name }) => name !== STRANGER), ...later.filter(({ name }) => name === STRANGER)].map(
          ({ name, kind, email }) => running(name, kind, email),
        ),
      ];
    },
  };
}

function running(name: string, kind: ListedCaller['kind'], email: string): ListedCaller {
  return { name, kind, member: `serviceAccount:${email}`, how: 'metadata-server', email };
}
