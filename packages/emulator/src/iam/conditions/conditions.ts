import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { compileExpression, LONGEST_INPUT, limits, problemOf, withRegularExpressions } from './expression.ts';

/** What a condition may look at. @see https://docs.cloud.google.com/iam/docs/conditions-attribute-reference */
export interface RequestContext {
  readonly request: {
    /** Path without its query. */
    readonly path: string;
    readonly time: Date;
  };
  readonly resource: {
    /** `projects/P/locations/L/services/S` */
    readonly name: string;
    /** `run.googleapis.com/Service` */
    readonly type: string;
    /** `run.googleapis.com` */
    readonly service: string;
  };
}

/** A condition of a binding, in the Common Expression Language. */
export interface Condition {
  readonly title: string;
  readonly description?: string;
  readonly expression: string;
}

/** `.` and `..` between slashes, however they are written. */
const DOT_SEGMENT = /(?:[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:[/\\]|%2f|%5c|$)/i;

type Compiled = (context: RequestContext) => boolean;

/** Distinct expressions kept compiled. */
const MOST_COMPILED = 500;

const environment = withRegularExpressions(new Environment({ limits }))
  .registerVariable({ name: 'request', schema: { path: 'string', time: 'google.protobuf.Timestamp' } })
  .registerVariable({ name: 'resource', schema: { name: 'string', type: 'string', service: 'string' } });

const compiled = new Map<string, Compiled>();

/** Why an expression cannot be a condition, or undefined when it can. */
export function conditionProblem(expression: string): string | undefined {
  try {
    compile(expression);
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

/** A condition's parts, or undefined where it is none. */
export function parseCondition(expression: string): ASTNode | undefined {
  try {
    return compileExpression(environment, expression).ast;
  } catch {
    return undefined;
  }
}

/** Whether a condition holds. One that cannot be evaluated does not: deny by default. */
export function holdsIn(expression: string, context: RequestContext): boolean {
  const { path } = context.request;
  if (path.length > LONGEST_INPUT) return false;
  // Some containers would take /search/../admin for /admin. What Google compares is not documented.
  if (DOT_SEGMENT.test(path) && expression.includes('startsWith')) return false;
  try {
    return compile(expression)(context);
  } catch {
    return false;
  }
}

/** @throws Error why it is no condition */
function compile(expression: string): Compiled {
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  const parsed = compileExpression(environment, expression);
  const made: Compiled = (context) => parsed(context) === true;
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(expression, made);
  return made;
}
