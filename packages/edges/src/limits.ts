import type { Calling, EdgeLimit } from './declaration.ts';

/** An IAM condition. https://docs.cloud.google.com/iam/docs/conditions-overview */
export interface Condition {
  readonly title: string;
  readonly expression: string;
}

/** What the caller's own edge to the receiver is limited to, or undefined. */
export function limitOf({ limits }: Calling, receiver: string): EdgeLimit | undefined {
  return limits !== undefined && Object.hasOwn(limits, receiver) ? limits[receiver] : undefined;
}

/**
 * The condition that a limit becomes. The texts are stable: deploy, Terraform's module and verify compare them.
 * `request.path` and `request.time`: https://docs.cloud.google.com/iam/docs/conditions-attribute-reference
 */
export function conditionOf({ paths, until }: EdgeLimit): Condition | undefined {
  const path = paths.map(pathExpression).join(' || ');
  const time = until === undefined ? '' : `request.time < timestamp("${dayAfter(until)}T00:00:00Z")`;
  if (path === '' && time === '') return undefined;
  const title = `run-edges:${path === '' ? '' : ' limited paths'}${until === undefined ? '' : ` until ${until}`}`;
  if (path === '' || time === '') return { title, expression: `${path}${time}` };
  return { title, expression: paths.length > 1 ? `(${path}) && ${time}` : `${path} && ${time}` };
}

/** A path that the limit lets in, or undefined where it lets in every one. */
export function examplePath({ paths }: EdgeLimit): string | undefined {
  return paths[0]?.replace(/\*$/, '');
}

/** Whether a path is within the limit, as the condition has it: byte for byte. */
export function letsIn({ paths }: EdgeLimit, path: string): boolean {
  return (
    paths.length === 0 || paths.some((one) => (one.endsWith('/*') ? path.startsWith(one.slice(0, -1)) : path === one))
  );
}

export function isOver({ until }: EdgeLimit, now: Date): boolean {
  return until !== undefined && now.getTime() >= Date.parse(dayAfter(until));
}

/** The limit in words: ` at /search/* until 2027-01-31`. Empty where there is none. */
export function limitText({ paths, until }: EdgeLimit): string {
  return `${paths.length === 0 ? '' : ` at ${paths.join(', ')}`}${until === undefined ? '' : ` until ${until}`}`;
}

function pathExpression(path: string): string {
  return path.endsWith('/*') ? `request.path.startsWith("${path.slice(0, -1)}")` : `request.path == "${path}"`;
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}
