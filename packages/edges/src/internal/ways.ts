import { accountOf, hasAccount } from './account-rules.ts';
import { type Draft, edgesOf, isCaller, record } from './draft.ts';
import { quote, unquoteWhenPlain } from './finding.ts';
import type { YamlDocument } from './yaml-document.ts';

/** The identity of everybody. */
export const EVERYBODY = '*';

/** One way that the file opens in one hop: whoever has the identity may call the receiver. */
export interface Way {
  readonly identity: string;
  readonly receiver: string;
  /** It in words, for a caller who has the identity. */
  said(caller: string): string;
}

/** What a file lets in: what is public, declared edges whatever limits them, and access that is accepted. */
export function waysOf(drafts: readonly Draft[], document: YamlDocument): readonly Way[] {
  const line = (offset: number) => `by line ${document.place(offset).line}`;
  return [...drafts.flatMap(open), ...drafts.filter(isCaller).flatMap(declared), ...accepted()];

  function open({ part, name: receiver, raw, at }: Draft): Way[] {
    if (part !== 'services' || raw.public !== true) return [];
    const said = () => `${unquoteWhenPlain(receiver)} is public, ${line(at(['public'], 'key'))}`;
    return [{ identity: EVERYBODY, receiver, said }];
  }

  function declared(draft: Draft): Way[] {
    return edgesOf(draft).map(({ to: receiver, place }) => {
      const said = (caller: string) => {
        const shared = [EVERYBODY, draft.name].includes(caller)
          ? ''
          : `, and ${unquoteWhenPlain(caller)} runs as the same account`;
        const where = line(draft.at(draft.part === 'senders' ? ['to'] : place, 'value'));
        return `${unquoteWhenPlain(draft.name)} calls ${unquoteWhenPlain(receiver)}, ${where}${shared}`;
      };
      return { identity: identityOf(draft), receiver, said };
    });
  }

  function accepted(): Way[] {
    const { accepted: list } = record(document.value);
    return (Array.isArray(list) ? list : []).flatMap((entry: unknown, index): Way[] => {
      const { member, on } = record(entry);
      if (typeof member !== 'string' || typeof on !== 'string') return [];
      const where = () => line(document.offsetOf(['accepted', index], 'value'));
      return [
        { identity: member, receiver: on, said: () => `${quote(member)} is accepted on ${quote(on)}, ${where()}` },
      ];
    });
  }
}

/** What IAM tells callers apart by. */
export function identityOf(draft: Draft): string {
  if (hasAccount(draft)) return accountOf(draft);
  return typeof draft.raw.member === 'string' ? draft.raw.member : `:${draft.name}`;
}
