import type { DraftEntry } from './draft.ts';
import { edgeTo } from './edge.ts';

/** Callers before those whom they call, where calls make no circle: public services first, then by name. */
export function callersFirst(entries: readonly DraftEntry[]): readonly DraftEntry[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const done = new Set<DraftEntry>();
  const underWay = new Set<DraftEntry>();
  const visit = (entry: DraftEntry): void => {
    if (done.has(entry) || underWay.has(entry)) return;
    underWay.add(entry);
    for (const { value } of entry.calls.toReversed()) {
      const called = byName.get(edgeTo(value));
      if (called !== undefined) visit(called);
    }
    done.add(entry);
  };
  for (const entry of entries.toSorted(publicFirst).toReversed()) visit(entry);
  return [...done].toReversed();
}

function publicFirst(a: DraftEntry, b: DraftEntry): number {
  return Number('public' in b.settings) - Number('public' in a.settings) || a.name.localeCompare(b.name);
}
