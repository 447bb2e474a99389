import { Ajv, type ValidateFunction } from 'ajv';

/** Checks what others have said. @returns what is wrong with it, or undefined where it has the shape of T */
export type Shape<T> = ((value: unknown) => string | undefined) & { readonly of?: T };

/** What an id, an e-mail address, a URL or a member is: text in which nothing separates, steers or hides. */
export const word = { type: 'string', minLength: 1, maxLength: 4096, pattern: '^[^\\p{C}\\p{Z}]+$' } as const;

export const text = { type: 'string' } as const;

export function list(items: object): object {
  return { type: 'array', items };
}

/** An object that has these properties, and may have others. */
export function object(properties: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) {
  return { type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional } };
}

/** The shape that a JSON Schema describes; made when it is first asked for. */
export function shape<T>(schema: object): Shape<T> {
  let validate: ValidateFunction | undefined;
  return (value) => {
    validate ??= new Ajv({ meta: false, validateSchema: false, strict: false }).compile(schema);
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return `${error?.instancePath || 'the whole'} ${error?.message ?? 'is not understood'}`;
  };
}
