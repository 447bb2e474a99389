import { Environment } from '@marcbachmann/cel-js';
import type { JWTPayload } from 'jose';
import { EmulatorError } from '../../internal/errors.ts';
import {
  compileExpression,
  LONGEST_INPUT,
  limits,
  problemOf,
  withRegularExpressions,
} from '../conditions/expression.ts';
import type { Mapped } from './mapped-claims.ts';

/** The library has a constant `google`, for names of types. */
const OWN_GOOGLE = 'google_';
const environment = withRegularExpressions(new Environment({ limits }))
  .registerVariable('assertion', 'map')
  .registerVariable('attribute', 'map')
  .registerVariable({ name: OWN_GOOGLE, schema: { subject: 'string', groups: 'list<string>' } });

/**
 * The attribute condition of a workload identity provider. What cannot be evaluated is refused.
 * @throws EmulatorError PROVIDERS_INVALID when the expression is none
 * @see https://docs.cloud.google.com/iam/docs/workload-identity-federation#conditions
 */
export function attributeCondition(expression: string | undefined): (claims: JWTPayload, mapped: Mapped) => boolean {
  if (expression === undefined) return () => true;
  const holds = compile(expression);
  return (claims, { subject, groups, attributes }) => {
    if (JSON.stringify(claims).length > LONGEST_INPUT) return false;
    // Groups that nobody mapped are not the same as none: what asks for them cannot be told.
    const google = groups === undefined ? { subject } : { subject, groups };
    try {
      return holds({ assertion: claims, [OWN_GOOGLE]: google, attribute: attributes }) === true;
    } catch {
      return false;
    }
  };
}

function compile(expression: string): (context: object) => unknown {
  try {
    return compileExpression(environment, expression, (name) => (name === 'google' ? OWN_GOOGLE : name));
  } catch (error) {
    throw new EmulatorError(
      'PROVIDERS_INVALID',
      `The condition ${JSON.stringify(expression.slice(0, 2048))} is none: ${problemOf(error)}.`,
      'Write CEL that gives true or false, for example assertion.repository_owner == "acme".',
    );
  }
}
