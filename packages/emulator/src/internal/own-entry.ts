/** What stands in a record under a name; what every object inherits, `constructor` for one, is not in it. */
export function ownEntry<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
