import { Ajv } from 'ajv';
import { object } from '../json-shape.ts';

/** What a file must hold for the rest to read it without a fall: a JSON Schema for each section. */
export interface StateShape {
  readonly required: Readonly<Record<string, object>>;
  /** Sections that are absent where nothing of them is known. */
  readonly optional: Readonly<Record<string, object>>;
}

/** Why a value is no state of this shape, or undefined. */
export function stateProblem(value: unknown, { required, optional }: StateShape): string | undefined {
  const schema = object({ version: { const: 1 }, ...required }, optional);
  const validate = new Ajv({ strict: false, meta: false, validateSchema: false }).compile(schema);
  if (validate(value)) return undefined;
  const [error] = validate.errors ?? [];
  return `${error?.instancePath || 'the whole'} ${error?.message ?? 'is not understood'}`;
}
