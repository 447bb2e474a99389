import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../internal/check-settings.ts';
import { ownEntry } from '../internal/own-entry.ts';

/**
 * What somebody changed by hand, with what another declaration changes: where the two declarations say the same, what is
 * there now stays. Entries of lists are told apart by their names, as variables are.
 */
export function rebased<T>(now: T, before: unknown, after: unknown): T {
  return merged(now, before, after) as T;
}

function merged(now: unknown, before: unknown, after: unknown): unknown {
  if (isDeepStrictEqual(before, after)) return now;
  if (isRecord(now) && isRecord(before) && isRecord(after)) return mergedRecords(now, before, after);
  if (isNamed(now) && isNamed(before) && isNamed(after))
    return Object.values(mergedRecords(byName(now), byName(before), byName(after)));
  if (isList(now) && isList(before) && isList(after) && [before, after].every(({ length }) => length === now.length))
    return now.map((one, at) => merged(one, before[at], after[at]));
  return after;
}

function mergedRecords(now: Fields, before: Fields, after: Fields): Fields {
  const names = new Set([...Object.keys(now), ...Object.keys(after)]);
  const all = [...names].map((name) => {
    const [here, was, is] = [now, before, after].map((fields) => ownEntry(fields, name));
    return [name, merged(here, was, is)] as const;
  });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

type Fields = Readonly<Record<string, unknown>>;
type Named = readonly { readonly name: string }[];

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isNamed(value: unknown): value is Named {
  return isList(value) && value.every((one) => isRecord(one) && typeof one.name === 'string');
}

function byName(list: Named): Fields {
  return Object.fromEntries(list.map((one) => [one.name, one]));
}
