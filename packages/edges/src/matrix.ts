import { type Caller, callersOf } from './callers.ts';
import { checkDeclaration } from './check-declaration.ts';
import type { Declaration } from './declaration.ts';
import { ANONYMOUS, type Grant, grantsOf, STRANGER } from './grants.ts';
import { examplePath, isOver, limitText } from './limits.ts';
import { type Receiver, receiversOf } from './receivers.ts';

export type Verdict = 'allowed' | 'forbidden';

/** What one caller must meet at one receiver. */
export interface Cell {
  /** Name of a declared caller, `anonymous` or `stranger`. */
  readonly caller: string;
  /** Name of a service, or of an external receiver. */
  readonly receiver: string;
  readonly expected: Verdict;
  /** A short sentence without a full stop. */
  readonly reason: string;
  /** Where the edge is limited to paths: one that is let in. Any other is forbidden. */
  readonly path?: string;
}

type Judged = Pick<Cell, 'expected' | 'reason' | 'path'>;

/**
 * Every caller (anonymous, each that is declared, stranger) at every receiver, row by row.
 * @param options.now when edges are asked that are good until a day. Default: now.
 */
export function matrix(declaration: Declaration, { now = new Date() }: { now?: Date } = {}): readonly Cell[] {
  checkDeclaration(declaration);
  const open = new Set(declaration.services.filter((service) => service.public).map(({ name }) => name));
  const nobody = (name: string): Caller => ({ name, kind: 'principal', calls: [] });
  const receivers = receiversOf(declaration);
  return [nobody(ANONYMOUS), ...callersOf(declaration), nobody(STRANGER)].flatMap((caller) =>
    receivers.map((receiver): Cell => {
      const named = { caller: caller.name, receiver: receiver.name };
      if (open.has(receiver.name))
        return { ...named, expected: 'allowed', reason: `${receiver.name} is public: allUsers may invoke it` };
      const grants = grantsOf(declaration, caller, receiver.name);
      const best = grants.find(isWhole) ?? grants.find(({ limit }) => limit !== undefined && !isOver(limit, now));
      return {
        ...named,
        ...(best === undefined ? forbidden(caller, receiver, grants[0]) : allowed(caller, receiver, best)),
      };
    }),
  );
}

function isWhole({ limit }: Grant): boolean {
  return limit === undefined;
}

function allowed({ name }: Caller, receiver: Receiver, { holder, limit, among }: Grant): Judged {
  const limited = limit === undefined ? '' : limitText(limit);
  const sameness = among === undefined ? 'runs as the same account' : `is in ${among}`;
  const shared = holder === name ? '' : `, and ${name} ${sameness}`;
  const others = receiver.kind === 'external' ? ', which others own' : '';
  const path = limit === undefined ? undefined : examplePath(limit);
  return {
    expected: 'allowed',
    reason: `declared: ${holder} calls ${receiver.name}${limited}${others}${shared}`,
    ...(path === undefined ? {} : { path }),
  };
}

function forbidden({ name }: Caller, receiver: Receiver, over: Grant | undefined): Judged {
  return { expected: 'forbidden', reason: whyNot(name, receiver, over) };
}

function whyNot(name: string, receiver: Receiver, over: Grant | undefined): string {
  const isExternal = receiver.kind === 'external';
  if (name === ANONYMOUS) return `no identity: ${receiver.name} is ${isExternal ? 'external' : 'not public'}`;
  if (name === STRANGER) return 'not declared: no edge names this service account';
  if (over?.limit !== undefined)
    return `not declared any more: ${over.holder} called ${receiver.name}${limitText(over.limit)}`;
  if (name === receiver.name) return `not declared: ${name} does not call itself`;
  return `not declared: ${name} does not call ${receiver.name}`;
}
