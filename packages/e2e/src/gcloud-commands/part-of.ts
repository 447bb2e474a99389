/** What is there of what is expected, in its shape: null for what is not there, whole where it is another kind of thing. */
export function partOf(actual: unknown, expected: unknown): unknown {
  if (Array.isArray(expected) && Array.isArray(actual))
    return actual.length === expected.length ? actual.map((one, index) => partOf(one, expected[index])) : actual;
  if (!isObject(expected) || !isObject(actual)) return actual ?? null;
  return Object.fromEntries(Object.entries(expected).map(([name, one]) => [name, partOf(actual[name], one)]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
