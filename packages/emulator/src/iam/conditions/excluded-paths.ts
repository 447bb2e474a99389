import type { ASTNode } from '@marcbachmann/cel-js';
import type { Binding } from '../policies/policy.ts';
import { parseCondition } from './conditions.ts';
import { childrenOf } from './expression.ts';

/**
 * Whether a condition says which paths are not meant, as `request.path != "/secret"` does. What Google compares with is
 * not documented; here it is the path as it was sent, which `/%73ecret`, `/secret/` and `//secret` pass.
 */
export function excludesPaths(expression: string): boolean {
  const ast = parseCondition(expression);
  return ast !== undefined && isNegated(ast, false);
}

/** What to know about bindings that exclude paths. @param of the resource whose policy it is */
export function excludedPathWarnings(of: string, bindings: readonly Binding[]): string[] {
  const conditions = bindings.flatMap(({ condition }) => (condition === undefined ? [] : [condition]));
  return conditions
    .filter(({ expression }) => excludesPaths(expression))
    .map(
      ({ title, expression }) =>
        `The condition ${JSON.stringify(title)} in the policy of ${of} says which paths are not meant (${expression}). A path is compared as it is sent, so that /%73ecret is not /secret; what Google compares is not documented. Say which paths are meant.`,
    );
}

/** Whether the path is looked at where true means refused. */
function isNegated(node: ASTNode, negated: boolean): boolean {
  if (isPath(node)) return negated;
  const children = childrenOf(node);
  // Both ways round count: what decides here is not what is true in the end.
  if (node.op === '?:' && children.slice(0, 1).some(hasPath)) return true;
  const turned = node.op === '!_' || node.op === '!=' || comparesWithFalse(node);
  return children.some((child) => isNegated(child, turned ? !negated : negated));
}

function isPath({ op, args }: ASTNode): boolean {
  if (op === '.' || op === '[]') {
    const [of, name] = args;
    const key = typeof name === 'string' ? name : name.op === 'value' ? name.args : undefined;
    return of.op === 'id' && of.args === 'request' && key === 'path';
  }
  return false;
}

function hasPath(node: ASTNode): boolean {
  return isPath(node) || childrenOf(node).some(hasPath);
}

function comparesWithFalse({ op, args }: ASTNode): boolean {
  return op === '==' && args.some(({ op, args }) => op === 'value' && args === false);
}
