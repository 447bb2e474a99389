/** Values of a resource, of which any may be absent, null, or of another type than one thinks. */
export type Values = Readonly<Record<string, unknown>>;

export function textAt(values: Values, key: string): string {
  const value = values[key];
  return typeof value === 'string' ? value : '';
}

/** A whole number, also where it is written as a text; undefined where there is none, or 0, by which Google means its own default. */
export function countAt(values: Values, key: string): number | undefined {
  const number = Number(values[key]);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

export function textsAt(values: Values, key: string): readonly string[] {
  const value = values[key];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** A block that stands at most once: a list of one in a state. */
export function blockAt(values: Values, key: string): Values {
  return blocksAt(values, key)[0] ?? {};
}

export function blocksAt(values: Values, key: string): readonly Values[] {
  const value = values[key];
  return Array.isArray(value) ? value.filter(isValues) : isValues(value) ? [value] : [];
}

export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether there is true at a place of what marks secrets, or at one that it is in: then all that is in there is secret. */
export function isMarked(marks: unknown, [step, ...place]: readonly (string | number)[]): boolean {
  if (marks === true) return true;
  if (step === undefined || typeof marks !== 'object' || marks === null) return false;
  // As of blocksAt: one alone need not stand in a list.
  if (step === 0 && !Array.isArray(marks)) return isMarked(marks, place);
  return isMarked((marks as Readonly<Record<string, unknown>>)[step], place);
}

/** Settings without those that nothing is said of. */
export function given(settings: Values): Values {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value !== ''));
}
