import { Environment } from '@marcbachmann/cel-js';
import type { JWTPayload } from 'jose';
import { EmulatorError } from '../errors.ts';
import { compileExpression, LONGEST_INPUT, limits, problemOf, withRegularExpressions } from './expression.ts';

const environment = withRegularExpressions(new Environment({ limits }))
  .registerVariable('assertion', 'map')
  .registerVariable('attribute', 'map');

/**
 * The attribute condition of a workload identity provider. What cannot be evaluated is refused.
 * @throws EmulatorError PROVIDERS_INVALID when the expression is none
 * @see https://docs.cloud.google.com/iam/docs/workload-identity-federation#conditions
 */
export function attributeCondition(
  expression: string | undefined,
  attributesOf: (claims: JWTPayload) => Readonly<Record<string, string>>,
): (claims: JWTPayload) => boolean {
  if (expression === undefined) return () => true;
  const holds = compile(expression);
  return (claims) => {
    if (JSON.stringify(claims).length > LONGEST_INPUT) return false;
    try {
      return holds({ assertion: claims, attribute: attributesOf(claims) }) === true;
    } catch {
      return false;
    }
  };
}

function compile(expression: string): (context: object) => unknown {
  try {
    return compileExpression(environment, expression);
  } catch (error) {
    throw new EmulatorError(
      'PROVIDERS_INVALID',
      `The condition ${JSON.stringify(expression.slice(0, 2048))} is none: ${problemOf(error)}.`,
      'Write CEL that gives true or false, for example assertion.repository_owner == "acme"; for google.subject write assertion.sub.',
    );
  }
}
