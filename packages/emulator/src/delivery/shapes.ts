/** What the messages of Google's APIs are built of, as JSON Schemas. */
export const text = { type: 'string' } as const;
export const flag = { type: 'boolean' } as const;
export const whole = { type: 'integer' } as const;
export const number = { type: 'number' } as const;
export const texts = { type: 'object', additionalProperties: text } as const;
/** What is read elsewhere, or not at all. */
export const anything = {} as const;

/** These fields, and no others. */
export function message(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', properties, additionalProperties: false };
}
