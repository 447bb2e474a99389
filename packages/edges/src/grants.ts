import { type Caller, callersOf, findCaller } from './callers.ts';
import { checkDeclaration, checkText } from './check-declaration.ts';
import type { Declaration, EdgeLimit } from './declaration.ts';
import { isOver, letsIn, limitOf, limitText } from './limits.ts';
import { findService } from './receivers.ts';

/** The caller without an identity. */
export const ANONYMOUS = 'anonymous';
/** The caller with a service account that no edge names. */
export const STRANGER = 'stranger';

/** A declared edge by which a caller is let in: its own, or that of another who shares its account, or whose domain it is of. */
export interface Grant {
  readonly holder: string;
  /** The holder's member, where the caller is one of many whom it names. */
  readonly among?: string | undefined;
  readonly limit: EdgeLimit | undefined;
}

type GrantsByReceiver = ReadonlyMap<string, readonly Grant[]>;

const indexes = new WeakMap<Declaration, ReadonlyMap<string, GrantsByReceiver>>();

/** The edges to the receiver of all whose identity the caller has, or whose domain it is of; its own first. */
export function grantsOf(declaration: Declaration, caller: Caller, receiver: string): readonly Grant[] {
  let index = indexes.get(declaration);
  if (index === undefined) {
    index = new Map(
      [...Map.groupBy(callersOf(declaration), identityOf)].map(([identity, callers]) => [identity, grantsBy(callers)]),
    );
    indexes.set(declaration, index);
  }
  const grants = index.get(identityOf(caller))?.get(receiver) ?? [];
  const among = domainOf(caller);
  const ofDomain = (among === undefined ? undefined : index.get(among)?.get(receiver)) ?? [];
  const all = ofDomain.length === 0 ? grants : [...grants, ...ofDomain.map((grant) => ({ ...grant, among }))];
  return all.length < 2 ? all : all.toSorted((a, b) => own(b) - own(a));

  function own({ holder }: Grant): number {
    return Number(holder === caller.name);
  }
}

/**
 * True when the receiver is public, or the caller, or another who has its account, is declared with an edge to it. What the
 * edge is limited to is not looked at, nor whether its time is over.
 */
export function mayCall(declaration: Declaration, caller: string, receiver: string): boolean {
  checkText(caller, 'caller');
  checkText(receiver, 'receiver');
  if (findService(declaration, receiver)?.public === true) return true;
  const found = findCaller(declaration, caller);
  return found !== undefined && grantsOf(declaration, found, receiver).length > 0;
}

/** Names of the callers by whose edges the caller may call the receiver: itself, those who share its account, its domain. */
export function holdersOf(declaration: Declaration, caller: string, receiver: string): readonly string[] {
  checkText(caller, 'caller');
  checkText(receiver, 'receiver');
  const found = findCaller(declaration, caller);
  return found === undefined ? [] : grantsOf(declaration, found, receiver).map(({ holder }) => holder);
}

/**
 * Whether the declaration lets the caller in at a path of the receiver, by what its edges are limited to, too.
 * @param options.now when edges are asked that are good until a day. Default: now.
 */
export function mayCallAt(
  declaration: Declaration,
  { caller, receiver, path }: { readonly caller: string; readonly receiver: string; readonly path: string },
  { now = new Date() }: { now?: Date } = {},
): boolean {
  checkText(caller, 'caller');
  checkText(receiver, 'receiver');
  checkText(path, 'path');
  if (findService(declaration, receiver)?.public === true) return true;
  const found = findCaller(declaration, caller);
  if (found === undefined) return false;
  return grantsOf(declaration, found, receiver).some(
    ({ limit }) => limit === undefined || (!isOver(limit, now) && letsIn(limit, path)),
  );
}

/**
 * The calls that are declared, each as `CALLER RECEIVER` and what it is limited to, sorted: two declarations that allow the
 * same give the same.
 */
export function declaredCalls(declaration: Declaration): readonly string[] {
  checkDeclaration(declaration);
  const open = declaration.services.filter((service) => service.public).map(({ name }) => `${ANONYMOUS} ${name}`);
  const calls = callersOf(declaration).flatMap((caller) =>
    caller.calls.map((receiver) => {
      const limit = limitOf(caller, receiver);
      return `${caller.name} ${receiver}${limit === undefined ? '' : limitText(limit)}`;
    }),
  );
  return [...open, ...calls].sort();
}

/** Names of the callers with a declared edge to the receiver, in the order of the file. */
export function invokersOf(declaration: Declaration, receiver: string): readonly string[] {
  checkText(receiver, 'receiver');
  return callersOf(declaration)
    .filter(({ calls }) => calls.includes(receiver))
    .map(({ name }) => name);
}

function grantsBy(callers: readonly Caller[]): GrantsByReceiver {
  const grants = callers.flatMap((caller) =>
    caller.calls.map((receiver) => ({ receiver, holder: caller.name, limit: limitOf(caller, receiver) })),
  );
  return Map.groupBy(grants, ({ receiver }) => receiver);
}

/** The domain whose members a user is among. Service accounts are of none. */
function domainOf({ member = '' }: Caller): string | undefined {
  const [, domain] = /^user:[^@]+@(.+)$/.exec(member) ?? [];
  return domain === undefined ? undefined : `domain:${domain}`;
}

/** What IAM tells callers apart by. */
function identityOf({ serviceAccount, member, name }: Caller): string {
  return serviceAccount ?? member ?? name;
}
