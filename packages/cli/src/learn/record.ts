import { ANONYMOUS, callersOf, type Declaration, receiversOf } from '@run-edges/edges';
import type { Decision } from '@run-edges/emulator';

/** Calls of one caller to one receiver. */
export interface Calls {
  readonly caller: string;
  readonly receiver: string;
  readonly count: number;
  /** RFC 3339. */
  readonly first: string;
  readonly last: string;
}

export interface Edge extends Calls {
  /** Whether the declaration has it; a limited one is declared, whatever was called. */
  readonly declared: boolean;
}

/** Requests that make no edge. */
export interface Apart extends Calls {
  /** By what they would have been refused, or let in. */
  readonly rule: string;
}

/** Who called whom. */
export interface Learned {
  readonly edges: readonly Edge[];
  /** Declared edges at paths, or times, for which they are not good. */
  readonly outside: readonly Apart[];
  /** Of nobody, or of somebody whom the declaration does not know. */
  readonly apart: readonly Apart[];
  readonly unused: readonly Pick<Calls, 'caller' | 'receiver'>[];
}

export interface LearningRecord {
  add(decision: Decision): void;
  learned(): Learned;
}

/** A path of somebody else's making does not fill the memory. */
const MOST = 10_000;

/** Gathers decisions of gates that learn. Who called is whom the gate says that the token is of; no header else counts. */
export function createRecord(declaration: Declaration): LearningRecord {
  const callers = new Map(callersOf(declaration).map((caller) => [caller.name, caller]));
  const receivers = new Set(receiversOf(declaration).map(({ name }) => name));
  const used = new Map<string, Calls>();
  const outside = new Map<string, Apart>();
  const apart = new Map<string, Apart>();

  return {
    add({ caller: said, receiver, time, rule, reason }) {
      if (!receivers.has(receiver) || rule === 'not-its-identity') return;
      const caller = declaredOf(said, (name) => callers.has(name));
      const by = wouldBe(rule, reason);
      // Everybody may, and needs no edge for it.
      if (said === ANONYMOUS && (rule === 'public' || rule === 'iam-disabled')) return;
      if (caller === undefined) return count(apart, { caller: said, receiver, rule: by }, time);
      count(used, { caller, receiver }, time);
      const declared = callers.get(caller)?.calls.includes(receiver) === true;
      if (declared && rule === 'learning') count(outside, { caller, receiver, rule: by }, time);
    },
    learned() {
      const isDeclared = (caller: string, receiver: string) => callers.get(caller)?.calls.includes(receiver) === true;
      return {
        edges: [...used.values()].map((calls) => ({ ...calls, declared: isDeclared(calls.caller, calls.receiver) })),
        outside: [...outside.values()],
        apart: [...apart.values()],
        unused: [...callers.values()].flatMap(({ name, calls }) =>
          calls
            .filter((receiver) => !used.has(key({ caller: name, receiver })))
            .map((receiver) => ({ caller: name, receiver })),
        ),
      };
    },
  };
}

/**
 * The declared caller whom a decision names. Of those who share an account it says `editor or renderer`: the first one
 * stands for them. Of a group it says `support (ada@example.com, in group:support@example.com)`.
 */
function declaredOf(said: string, isDeclared: (name: string) => boolean): string | undefined {
  if (said === ANONYMOUS) return undefined;
  const [names = ''] = said.split(' (', 1);
  return names.split(' or ').find(isDeclared);
}

/** The rule by which it would have been decided. */
function wouldBe(rule: string, reason: string): string {
  return rule === 'learning' ? (/ it would be \d{3} \(([a-z-]+)\)/.exec(reason)?.[1] ?? rule) : rule;
}

function key(parts: { readonly caller: string; readonly receiver: string; readonly rule?: string }): string {
  return JSON.stringify([parts.caller, parts.receiver, parts.rule]);
}

function count<T extends Calls>(into: Map<string, T>, what: Omit<T, 'count' | 'first' | 'last'>, time: string): void {
  const id = key(what);
  const known = into.get(id);
  if (known === undefined && into.size >= MOST) return;
  into.set(id, { ...what, count: (known?.count ?? 0) + 1, first: known?.first ?? time, last: time } as T);
}
