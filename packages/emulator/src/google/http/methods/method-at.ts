import type { FastifyRequest } from 'fastify';
import { iam } from './iam.ts';
import type { GoogleMethod } from './methods.ts';
import { projects } from './projects.ts';
import { pubsub } from './pubsub.ts';
import { runV1 } from './run-v1.ts';
import { runV2 } from './run-v2.ts';
import { senders } from './senders.ts';

/** The methods of the APIs that are played here: those that have a route, and those that have none. */
export const googleMethods: readonly GoogleMethod[] = [...runV1, ...runV2, ...iam, ...projects, ...pubsub, ...senders];

const byVerb = new Map<string, { readonly method: GoogleMethod; readonly pattern: readonly string[] }[]>();
for (const method of googleMethods)
  byVerb.set(method.verb, [...(byVerb.get(method.verb) ?? []), { method, pattern: method.path.split('/') }]);

/**
 * The method of Google's that a request asks for, or undefined where there is none, emulated or not.
 * @param api whose it must be, such as `run`. Default: any API's
 */
export function methodAt(
  { method, url }: Pick<FastifyRequest, 'method' | 'url'>,
  api?: string,
): GoogleMethod | undefined {
  const [path = ''] = url.split('?');
  const segments = path.split('/').map(decoded);
  const verb = method === 'HEAD' ? 'GET' : method;
  // Policies are read by GET in some APIs and by POST in others; either is understood everywhere.
  const either = verb === 'POST' && segments.at(-1)?.endsWith(':getIamPolicy') ? (byVerb.get('GET') ?? []) : [];
  const known = [...(byVerb.get(verb) ?? []), ...either];
  const isOf = ({ id }: GoogleMethod) => api === undefined || id.startsWith(`${api}.`);
  return known.find(
    ({ method, pattern }) => pattern.length === segments.length && isOf(method) && fits(segments, pattern),
  )?.method;
}

function fits(segments: readonly string[], pattern: readonly string[]): boolean {
  return pattern.every((part, index) => {
    const segment = segments[index] ?? '';
    if (part === '*') {
      // The last name ends where a method begins, but the id of a project of a domain, example.com:app, has a colon.
      const mayHaveColon = index < pattern.length - 1 || pattern[index - 1] === 'projects';
      return segment !== '' && (mayHaveColon || !segment.includes(':'));
    }
    return part.startsWith('*') ? segment.endsWith(part.slice(1)) : segment === part;
  });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
