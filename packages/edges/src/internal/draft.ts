import { MERGE_KEY, type Path, type YamlDocument } from './yaml-document.ts';

/** The parts of a declaration whose entries have a name. */
export const namedParts = ['services', 'jobs', 'workerPools', 'principals', 'external', 'senders'] as const;
export type NamedPart = (typeof namedParts)[number];

/** An entry as the file has it: any key may be absent or of a wrong type. */
export interface Draft {
  readonly part: NamedPart;
  readonly name: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Offset of a part of the entry, by its path from the entry on: `[]` is the entry itself. */
  at(path: Path, part: 'key' | 'value'): number;
}

/** What says whom it calls: an entry of `calls`, or a sender's `to`. */
export interface DraftEdge {
  readonly to: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Where it is, from the entry on. */
  readonly place: Path;
}

export function draftsOf(document: YamlDocument): readonly Draft[] {
  const file = record(document.value);
  return namedParts.flatMap((part) =>
    entries(file[part])
      .filter(([name]) => name !== MERGE_KEY)
      .map(([name, raw]) => ({
        part,
        name,
        raw: record(raw),
        at: (path: Path, side: 'key' | 'value') => document.offsetOf([part, name, ...path], side),
      })),
  );
}

export function edgesOf({ part, raw }: Draft): readonly DraftEdge[] {
  if (part === 'senders') return typeof raw.to === 'string' ? [{ to: raw.to, raw: {}, place: [] }] : [];
  const calls: readonly unknown[] = Array.isArray(raw.calls) ? raw.calls : [];
  return calls.flatMap((edge, index) => {
    const place = ['calls', index];
    if (typeof edge === 'string') return [{ to: edge, raw: {}, place }];
    const { to } = record(edge);
    return typeof to === 'string' ? [{ to, raw: record(edge), place }] : [];
  });
}

export function isReceiver({ part }: Draft): boolean {
  return part === 'services' || part === 'external';
}

export function isCaller({ part }: Draft): boolean {
  return part !== 'external';
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function entries(value: unknown): [string, unknown][] {
  return Object.entries(record(value));
}
