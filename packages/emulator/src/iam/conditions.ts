import { Environment } from '@marcbachmann/cel-js';

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
    readonly type:
      | 'run.googleapis.com/Service'
      | 'iam.googleapis.com/ServiceAccount'
      | 'cloudresourcemanager.googleapis.com/Project';
    readonly service: 'run.googleapis.com' | 'iam.googleapis.com' | 'cloudresourcemanager.googleapis.com';
  };
}

/** A condition of a binding, in the Common Expression Language. */
export interface Condition {
  readonly title: string;
  readonly description?: string;
  readonly expression: string;
}

type Compiled = (context: RequestContext) => boolean;

/** Google's limit for one expression. */
const LONGEST_EXPRESSION = 2048;

/** Distinct expressions kept compiled. */
const MOST_COMPILED = 500;

const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 50 } })
  .registerVariable({ name: 'request', schema: { path: 'string', time: 'google.protobuf.Timestamp' } })
  .registerVariable({ name: 'resource', schema: { name: 'string', type: 'string', service: 'string' } });

const compiled = new Map<string, Compiled>();

/** Why an expression cannot be a condition, or undefined when it can. */
export function conditionProblem(expression: string): string | undefined {
  if (expression.length > LONGEST_EXPRESSION) return `it is longer than ${LONGEST_EXPRESSION} characters`;
  try {
    const { valid, type, error } = environment.parse(expression).check();
    if (!valid) return firstLine(error);
    return type === 'bool' || type === 'dyn' ? undefined : `it gives ${type}, not bool`;
  } catch (error) {
    return firstLine(error);
  }
}

/** Whether a condition holds. One that cannot be evaluated does not: deny by default. */
export function holdsIn(expression: string, context: RequestContext): boolean {
  try {
    const known = compiled.get(expression) ?? compile(expression);
    return known(context) === true;
  } catch {
    return false;
  }
}

function compile(expression: string): Compiled {
  const parsed = environment.parse(expression);
  if (conditionProblem(expression) !== undefined) throw new Error('not a condition');
  const made: Compiled = (context) => parsed(context) === true;
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(expression, made);
  return made;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
