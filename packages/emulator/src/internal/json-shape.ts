/** What a JSON Schema is built of, where a file of our own is checked. */
export const text = { type: 'string' } as const;
export const count = { type: 'integer', minimum: 0 } as const;
export const texts = { type: 'array', items: text } as const;

export function map(items: object): object {
  return { type: 'object', additionalProperties: items };
}

export function list(items: object): object {
  return { type: 'array', items };
}

export function orNull(one: object): object {
  return { anyOf: [{ type: 'null' }, one] };
}

/** An object that has these properties, and may have others. */
export function object(
  properties: Readonly<Record<string, object>>,
  optional: Readonly<Record<string, object>> = {},
): object {
  return { type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional } };
}
