import type { ASTNode, Environment, ParseResult } from '@marcbachmann/cel-js';
import { regularExpression } from './regular-expression.ts';

/** Google's limit for one expression. */
const LONGEST_EXPRESSION = 2048;

/** Characters of what an expression looks at. Google's front ends take no longer path. */
export const LONGEST_INPUT = 16_384;

/** What an environment for {@link compileExpression} is made with. */
export const limits = { maxAstNodes: 250, maxDepth: 50, maxListElements: 100, maxMapEntries: 100 };

/** Parts of an expression that are evaluated for each element of a list. */
const MOST_REPEATED = 100;

const LOOPS = ['all', 'exists', 'exists_one', 'filter', 'map'];

/** What an expression may call. What makes a text or a list grow with each step is not among it. */
const known: ReadonlySet<string> = new Set([
  ...['has', 'size', 'bool', 'int', 'uint', 'double', 'string', 'timestamp', 'duration', 'matches'],
  ...['startsWith', 'endsWith', 'contains', 'lowerAscii', 'upperAscii', 'trim'],
  ...['indexOf', 'lastIndexOf', 'substring', 'split'],
  ...['getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear', 'getFullYear', 'getHours'],
  ...['getMilliseconds', 'getMinutes', 'getMonth', 'getSeconds'],
  ...LOOPS,
]);

/** What takes no longer for a long text. */
const QUICK = ['startsWith', 'endsWith'];

const DURATION = /^[+-]?(?:\d{1,12}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h)){1,7}$/;

/** The library's own `matches` backtracks. */
const MATCHES = 'matchesInLinearTime';

/** Gives an environment the regular expressions that Google's has. */
export function withRegularExpressions(environment: Environment): Environment {
  return environment.registerFunction(`string.${MATCHES}(string): bool`, (text: string, pattern: string) =>
    regularExpression(pattern).test(text),
  );
}

/**
 * An expression whose evaluation is bounded by its length and by that of its input.
 * @param environment one with {@link withRegularExpressions} and {@link limits}
 * @param named what an identifier is called in the environment
 * @throws Error why it is none
 */
export function compileExpression(
  environment: Environment,
  expression: string,
  named: (identifier: string) => string = (identifier) => identifier,
): ParseResult {
  if (expression.length > LONGEST_EXPRESSION) throw new Error(`it is longer than ${LONGEST_EXPRESSION} characters`);
  const parsed = environment.parse(expression);
  rename(parsed.ast, named);
  if (bound(parsed.ast) > MOST_REPEATED) throw new Error('it does too much for each element of a list');
  const { valid, type, error } = parsed.check();
  if (!valid) throw error;
  if (type !== 'bool' && type !== 'dyn') throw new Error(`it gives ${type}, not bool`);
  return parsed;
}

/** Why an expression is none, in a line. */
export function problemOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/**
 * How many parts are evaluated for each element of a list. @param element the name of that element, inside a loop
 * @throws Error for what would not be bounded
 */
function bound(node: ASTNode, element?: string): number {
  const [receiver, ...rest] = childrenOf(node);
  const loops = isLoop(node);
  if (loops && childrenOf(node).some(hasLoop)) throw new Error('a loop stands in another one, or after it');
  if (node.op === 'rcall' || node.op === 'call') checkCall(node, element);
  const variable = loops && rest[0]?.op === 'id' ? rest[0].args : element;
  const parts = [receiver && bound(receiver, element), ...rest.map((child) => bound(child, variable))];
  return parts.reduce<number>((sum, part = 0) => sum + part, element === undefined ? 0 : 1);
}

function rename(node: ASTNode, named: (identifier: string) => string): void {
  if (node.op === 'id') Object.assign(node, { args: named(node.args) });
  for (const child of childrenOf(node)) rename(child, named);
}

function isLoop({ op, args }: ASTNode): boolean {
  return op === 'rcall' && LOOPS.includes(args[0]);
}

function hasLoop(node: ASTNode): boolean {
  return isLoop(node) || childrenOf(node).some(hasLoop);
}

function checkCall(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, element: string | undefined): void {
  const [name] = node.args;
  const [first] = node.args.at(-1) as ASTNode[];
  if (!known.has(name)) throw new Error(`there is no function ${name} here`);
  const [on] = childrenOf(node);
  if (element !== undefined && on !== undefined && on.op !== 'value') {
    const root = rootOf(on);
    if (root !== element && (root === undefined || !QUICK.includes(name)))
      throw new Error(`in a loop ${name} is asked of the element alone`);
  }
  if (name === 'duration' && !DURATION.test(literal(first, name))) throw new Error('its duration is none');
  if (name !== 'matches') return;
  regularExpression(literal(first, name));
  node.args[0] = MATCHES;
}

/** What is read at each request must be small and good when it is written. */
function literal(node: ASTNode | undefined, name: string): string {
  if (node?.op === 'value' && typeof node.args === 'string') return node.args;
  throw new Error(`${name} takes a text that is written out`);
}

/** `a` of `a.b["c"]`. */
function rootOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args;
  return node.op === '.' || node.op === '[]' ? rootOf(node.args[0]) : undefined;
}

export function childrenOf({ args }: ASTNode): ASTNode[] {
  return [args].flat(3).filter((one): one is ASTNode => typeof one === 'object' && one !== null && 'op' in one);
}
