import { Environment } from '@marcbachmann/cel-js';
import type { JWTPayload } from 'jose';
import { EmulatorError } from '../errors.ts';

const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 50 } })
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
    try {
      return holds({ assertion: claims, attribute: attributesOf(claims) }) === true;
    } catch {
      return false;
    }
  };
}

function compile(expression: string): (context: object) => unknown {
  const invalid = (why: string) =>
    new EmulatorError(
      'PROVIDERS_INVALID',
      `The condition ${JSON.stringify(expression)} is none: ${why.split('\n')[0]}.`,
      'Write CEL that gives true or false, for example assertion.repository_owner == "acme"; for google.subject write assertion.sub.',
    );
  try {
    const parsed = environment.parse(expression);
    const { valid, type, error } = parsed.check();
    if (!valid) throw invalid(`${error?.message}`);
    if (type !== 'bool' && type !== 'dyn') throw invalid(`it gives ${type}`);
    return parsed;
  } catch (error) {
    throw error instanceof EmulatorError ? error : invalid((error as Error).message);
  }
}
