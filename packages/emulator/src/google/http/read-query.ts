import { camelCase, snakeCase } from '../../internal/google-api/field-names.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { ownEntry } from '../../internal/own-entry.ts';
import type { GoogleMethod, QueryParameter } from './methods/methods.ts';

/** What every API of Google's takes. @see https://docs.cloud.google.com/apis/docs/system-parameters */
const SYSTEM: ReadonlySet<string> = new Set(
  'alt callback fields key prettyPrint quotaUser xgafv'
    .split(' ')
    .flatMap((name) => [name, `$${name}`, `$.${name}`])
    .concat('access_token oauth_token upload_protocol uploadType userIp'.split(' '))
    .concat('$apiVersion $ct $httpHeaders $outputDefaults $req $unique $userProject'.split(' ')),
);

const TRUE = /^(?:true|t|yes|y|1)$/i;
const FALSE = /^(?:false|f|no|n|0)$/i;

/**
 * The query of a call by the names of the method's reference, `update_mask` as `updateMask`; flags are `true` or
 * `false`, what may be there several times is joined by commas, and what is empty is not there. What a call that changes
 * something asks for is done or refused, never overlooked.
 * @throws GoogleError INVALID_ARGUMENT for a parameter that the method has not; UNIMPLEMENTED for one that it has at
 * Google alone
 */
export function readQuery(sent: object, method: GoogleMethod): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of Object.entries(sent)) {
    const known = [name, camelCase(name)].find((one) => method.query.has(one));
    const parameter = method.query.get(known ?? '');
    if (known === undefined || parameter === undefined) {
      if (!SYSTEM.has(name))
        throw unknown(name, `Cannot bind query parameter. Field '${name}' could not be found in request message.`);
      continue;
    }
    if ((Array.isArray(value) && !parameter.repeated) || Object.hasOwn(query, known))
      throw unknown(name, 'Proto field is not repeating, cannot start list.');
    const text = `${value}`;
    if (text !== '') query[known] = read(name, text, parameter);
    if (parameter.lacking && method.verb !== 'GET' && ![undefined, 'false'].includes(ownEntry(query, known)))
      throw new GoogleError(
        'UNIMPLEMENTED',
        `The query parameter ${known} of ${method.id} is not emulated by run-edges: without it the call would change more than it should.`,
      );
  }
  return query;
}

function read(name: string, text: string, { type }: QueryParameter): string {
  if (type === 'text') return text;
  if (type === 'whole' && /^-?\d{1,10}$/.test(text)) return text;
  if (type === 'flag' && TRUE.test(text)) return 'true';
  if (type === 'flag' && FALSE.test(text)) return 'false';
  const kind = type === 'flag' ? 'TYPE_BOOL' : 'TYPE_INT32';
  throw invalid(`Invalid value at '${snakeCase(name)}' (${kind}), ${JSON.stringify(text)}`);
}

function unknown(name: string, why: string): GoogleError {
  return invalid(`Invalid JSON payload received. Unknown name ${JSON.stringify(name)}: ${why}`);
}

function invalid(description: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', description, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ description }] },
  ]);
}
