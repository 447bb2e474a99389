import { MERGE_KEY, type Path, type YamlDocument } from './yaml-document.ts';

/** The parts of a declaration whose entries have a name. */
export const namedParts = ['services', 'jobs', 'workerPools', 'principals', 'external'] as const;
export type NamedPart = (typeof namedParts)[number];

/** An entry as the file has it: any key may be absent or of a wrong type. */
export interface Draft {
  readonly part: NamedPart;
  readonly name: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Offset of a part of the entry, by its path from the entry on: `[]` is the entry itself. */
  at(path: Path, part: 'key' | 'value'): number;
}

/** An entry of `calls` that says whom it calls. */
export interface DraftEdge {
  readonly to: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Its place in `calls`. */
  readonly index: number;
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

export function edgesOf({ raw }: Draft): readonly DraftEdge[] {
  const calls: readonly unknown[] = Array.isArray(raw.calls) ? raw.calls : [];
  return calls.flatMap((edge, index) => {
    if (typeof edge === 'string') return [{ to: edge, raw: {}, index }];
    const { to } = record(edge);
    return typeof to === 'string' ? [{ to, raw: record(edge), index }] : [];
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
