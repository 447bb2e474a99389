import { accountOf, hasAccount } from './account-rules.ts';
import { type Draft, edgesOf, isCaller, isReceiver, record } from './draft.ts';
import { type Finding, list, quote, unquoteWhenPlain } from './finding.ts';
import { didYouMean } from './nearest.ts';
import { readNever } from './never.ts';
import { oneOf } from './words.ts';
import type { YamlDocument } from './yaml-document.ts';

const EVERYBODY = '*';
const ANONYMOUS = 'anonymous';

/** What may never be is between those that are declared, and this very file does not make it possible in one hop. */
export function neverFindings(drafts: readonly Draft[], document: YamlDocument): Finding[] {
  const { never } = record(document.value);
  if (!Array.isArray(never)) return [];
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
    const unknown = [unknownCaller(read.caller, drafts), unknownReceiver(read.receiver, drafts)].filter(
      (one) => one !== undefined,
    );
    if (unknown.length > 0) return unknown.map((one) => ({ ...one, offset }));
    return contradictions(read, drafts, document)
      .slice(0, 1)
      .map((why) => ({
        offset,
        message: `never: ${quote(call)}, but ${why}`,
        mend: () => 'Take one of the two out: what may never be cannot be declared.',
      }));
  });
}

type Unplaced = Omit<Finding, 'offset'>;

function unknownCaller(name: string, drafts: readonly Draft[]): Unplaced | undefined {
  const callers = drafts.filter(isCaller).map((draft) => draft.name);
  return unknown(name, 'calls nobody', [EVERYBODY, ANONYMOUS, ...callers], drafts);
}

function unknownReceiver(name: string, drafts: readonly Draft[]): Unplaced | undefined {
  const receivers = drafts.filter(isReceiver).map((draft) => draft.name);
  return unknown(name, 'has no address', [EVERYBODY, ...receivers], drafts);
}

function unknown(name: string, lack: string, known: readonly string[], drafts: readonly Draft[]): Unplaced | undefined {
  if (known.includes(name)) return undefined;
  const part = drafts.find((draft) => draft.name === name)?.part;
  const why = part === undefined ? 'is not declared' : `is ${oneOf(part)} and ${lack}`;
  const mend = () => (part === undefined ? didYouMean(name, known) : undefined) ?? `Write one of ${list(known)}.`;
  return { message: `never: ${quote(name)} ${why}`, mend };
}

/** What in the file lets a caller that is meant call a receiver that is meant, in words. */
function contradictions(
  { caller, receiver }: { caller: string; receiver: string },
  drafts: readonly Draft[],
  document: YamlDocument,
): string[] {
  const isMeant = (meant: string, name: string) => meant === EVERYBODY || meant === name;
  const open = drafts
    .filter(({ part, name, raw }) => part === 'services' && raw.public === true && isMeant(receiver, name))
    .map(({ name, at }) => `${unquoteWhenPlain(name)} is public, by line ${lineOf(at(['public'], 'key'))}`);
  const callers = drafts.filter((draft) => isCaller(draft) && isMeant(caller, draft.name));
  const edges = callers.flatMap((meant) =>
    drafts
      .filter((draft) => isCaller(draft) && identityOf(draft) === identityOf(meant))
      .flatMap((holder) =>
        edgesOf(holder)
          .filter(({ to }) => isMeant(receiver, to))
          .map(({ to, index }) => {
            const shared =
              holder.name === meant.name ? '' : `, and ${unquoteWhenPlain(meant.name)} runs as the same account`;
            const line = lineOf(holder.at(['calls', index], 'value'));
            return `${unquoteWhenPlain(holder.name)} calls ${unquoteWhenPlain(to)}, by line ${line}${shared}`;
          }),
      ),
  );
  return [...open, ...edges, ...acceptedCalls(callers, caller, receiver, document)];

  function lineOf(offset: number): number {
    return document.place(offset).line;
  }
}

/** Access that is accepted lets in, too. */
function acceptedCalls(callers: readonly Draft[], caller: string, receiver: string, document: YamlDocument): string[] {
  const { accepted } = record(document.value);
  const members = callers.map(({ raw }) => raw.member).filter((member) => typeof member === 'string');
  return (Array.isArray(accepted) ? accepted : []).flatMap((entry: unknown, index) => {
    const { member, on } = record(entry);
    if (typeof member !== 'string' || typeof on !== 'string' || on !== receiver) return [];
    if (caller !== EVERYBODY && !members.includes(member)) return [];
    const { line } = document.place(document.offsetOf(['accepted', index], 'value'));
    return [`${quote(member)} is accepted on ${unquoteWhenPlain(on)}, by line ${line}`];
  });
}

/** What IAM tells callers apart by. */
function identityOf(draft: Draft): string {
  if (hasAccount(draft)) return accountOf(draft);
  return typeof draft.raw.member === 'string' ? draft.raw.member : `:${draft.name}`;
}
