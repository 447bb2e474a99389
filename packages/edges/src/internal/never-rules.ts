import type { Never } from '../declaration.ts';
import { type Draft, isCaller, isReceiver, type NamedPart, record } from './draft.ts';
import { type Finding, list, quote } from './finding.ts';
import { didYouMean } from './nearest.ts';
import { readNever } from './never.ts';
import { EVERYBODY, identityOf, type Way, waysOf } from './ways.ts';
import { oneOf } from './words.ts';
import type { YamlDocument } from './yaml-document.ts';

const ANONYMOUS = 'anonymous';

type Unplaced = Omit<Finding, 'offset'>;

/** What may never be is between those that are declared, and this very file does not make it possible in one hop. */
export function neverFindings(drafts: readonly Draft[], document: YamlDocument): Finding[] {
  const { never } = record(document.value);
  if (!Array.isArray(never)) return [];
  const unknown = findUnknown(drafts);
  const wayOf = findWay(drafts, waysOf(drafts, document));
  const seen = new Map<string, number>();
  return never.flatMap((written: unknown, index): Finding[] => {
    const read = typeof written === 'string' ? readNever(written) : undefined;
    if (read === undefined) return [];
    const offset = document.offsetOf(['never', index], 'value');
    const call = `${read.caller} -> ${read.receiver}`;
    const first = seen.get(call);
    seen.set(call, first ?? index);
    if (first !== undefined && never[first] !== written)
      return [{ offset, message: `never: ${quote(call)} stands twice`, mend: () => 'Keep one of the two.' }];
    const wrong = unknown(read);
    if (wrong.length > 0) return wrong.map((one) => ({ ...one, offset }));
    const way = wayOf(read);
    if (way === undefined) return [];
    const message = `never: ${quote(call)}, but ${way.said(read.caller)}`;
    return [{ offset, message, mend: () => 'Take one of the two out: what may never be cannot be declared.' }];
  });
}

/** What is not declared of a call, or cannot call or be called. */
function findUnknown(drafts: readonly Draft[]): (call: Never) => Unplaced[] {
  const parts = new Map<string, NamedPart>(drafts.map(({ name, part }) => [name, part]));
  const callers = new Set([EVERYBODY, ANONYMOUS, ...drafts.filter(isCaller).map(({ name }) => name)]);
  const receivers = new Set([EVERYBODY, ...drafts.filter(isReceiver).map(({ name }) => name)]);
  const among = (name: string, known: ReadonlySet<string>, lack: string): Unplaced[] => {
    if (known.has(name)) return [];
    const part = parts.get(name);
    const why = part === undefined ? 'is not declared' : `is ${oneOf(part)} and ${lack}`;
    const mend = () => (part === undefined ? didYouMean(name, known) : undefined) ?? `Write one of ${list(known)}.`;
    return [{ message: `never: ${quote(name)} ${why}`, mend }];
  };
  return ({ caller, receiver }) => [
    ...among(caller, callers, 'calls nobody'),
    ...among(receiver, receivers, 'has no address'),
  ];
}

/** The first way by which the file makes a call possible. */
function findWay(drafts: readonly Draft[], ways: readonly Way[]): (call: Never) => Way | undefined {
  const identities = new Map(drafts.filter(isCaller).map((draft) => [draft.name, identityOf(draft)]));
  const byIdentity = Map.groupBy(ways, ({ identity }) => identity);
  const byReceiver = Map.groupBy(ways, ({ receiver }) => receiver);
  return ({ caller, receiver }) => {
    if (caller === EVERYBODY) return (receiver === EVERYBODY ? ways : (byReceiver.get(receiver) ?? []))[0];
    const theirs = [EVERYBODY, identities.get(caller) ?? ''].flatMap((identity) => byIdentity.get(identity) ?? []);
    return theirs.find((way) => receiver === EVERYBODY || way.receiver === receiver);
  };
}
