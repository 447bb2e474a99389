import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { GoogleError } from './google-error.ts';

const ajv = new Ajv({ strict: true, strictTypes: false, meta: false, validateSchema: false });

/**
 * Makes a check that a body has a shape, which says what is wrong as Google's APIs do. It is made of its schema when it is
 * first asked for: to make all of them would be half of an emulator's start.
 */
export function shapeCheck<T>(schema: object): (body: unknown) => T {
  let validate: ValidateFunction<T> | undefined;
  return (body) => {
    validate ??= ajv.compile<T>(schema);
    if (validate(body)) return body;
    const [error] = validate.errors ?? [];
    const field = pathOf(error);
    const description = problem(error, field);
    const violation = field === '' ? { description } : { field, description };
    throw new GoogleError('INVALID_ARGUMENT', description, [
      { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [violation] },
    ]);
  };
}

function pathOf(error: ErrorObject | undefined): string {
  return (error?.instancePath ?? '')
    .slice(1)
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
}

function problem(error: ErrorObject | undefined, at: string): string {
  const { additionalProperty } = (error?.params ?? {}) as { additionalProperty?: string };
  if (additionalProperty !== undefined)
    return `Invalid JSON payload received. Unknown name "${additionalProperty}"${at === '' ? '' : ` at '${at}'`}: Cannot find field.`;
  return `Invalid value${at === '' ? '' : ` at '${at}'`}: it ${error?.message ?? 'is not understood'}.`;
}
