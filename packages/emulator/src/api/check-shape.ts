import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { GoogleError } from './google-error.ts';

const ajv = new Ajv({ strict: true, strictTypes: false });

/** Makes a check that a body has a shape, which says what is wrong as Google's APIs do. */
export function shapeCheck<T>(schema: object): (body: unknown) => T {
  const validate: ValidateFunction<T> = ajv.compile<T>(schema);
  return (body) => {
    if (validate(body)) return body;
    throw new GoogleError('INVALID_ARGUMENT', problem(validate.errors?.[0]));
  };
}

function problem(error: ErrorObject | undefined): string {
  const at = (error?.instancePath ?? '')
    .slice(1)
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
  const { additionalProperty } = (error?.params ?? {}) as { additionalProperty?: string };
  if (additionalProperty !== undefined)
    return `Invalid JSON payload received. Unknown name "${additionalProperty}"${at === '' ? '' : ` at '${at}'`}: Cannot find field.`;
  return `Invalid value${at === '' ? '' : ` at '${at}'`}: it ${error?.message ?? 'is not understood'}.`;
}
