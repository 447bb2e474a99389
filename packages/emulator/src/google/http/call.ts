import type { FastifyRequest } from 'fastify';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import type { Project } from '../../identity/project.ts';
import { inCamelCase } from '../../internal/google-api/field-names.ts';
import { GoogleError, permissionDenied } from '../../internal/google-api/google-error.ts';
import { isGooglesElsewhere, notEmulated } from '../../internal/google-hosts.ts';
import { type AuthenticateOptions, authenticate } from './authenticate.ts';
import { methodAt } from './methods/method-at.ts';
import { noteCaller } from './noted-caller.ts';
import { NOT_OURS } from './origin-form.ts';
import { readQuery } from './read-query.ts';

export type Body = Readonly<Record<string, unknown>>;

/** A call of one of Google's APIs. */
export interface Call {
  readonly caller: ProvenPrincipal;
  /** The region or `-` that the path names. */
  readonly location: string | undefined;
  /** The last part of the path, without the method. */
  readonly name: string;
  /** What stands behind a colon, or undefined. @see https://google.aip.dev/136 */
  readonly method: string | undefined;
  /** By the names of the reference, in whichever spelling it was sent. */
  readonly body: Body;
  /** By the names of the method's reference. */
  readonly query: Readonly<Record<string, string>>;
}

export interface CallOptions extends AuthenticateOptions {
  readonly project: Project;
}

interface Params {
  readonly project?: string;
  readonly location?: string;
  readonly target?: string;
}

/**
 * Reads who calls and what is meant. `project` in the path is this project, by its id or number, or `-`.
 * @throws GoogleError UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT for a query that the method has not
 */
export async function readCall(request: FastifyRequest, options: CallOptions): Promise<Call> {
  const { project } = options;
  const { project: named, location, target = '' } = request.params as Params;
  const caller = await authenticate(request, options);
  noteCaller(request, emailOfCaller(caller));
  if (named !== undefined && ![project.id, project.number, '-'].includes(named))
    throw permissionDenied('resourcemanager.projects.get');
  const google = methodAt(request);
  if (google === undefined) throw noRoute(request);
  // The id of a project of a domain, example.com:app, has a colon of its own.
  const colon = target === project.id ? -1 : target.lastIndexOf(':');
  return {
    caller,
    location,
    name: colon < 0 ? target : target.slice(0, colon),
    method: colon < 0 ? undefined : target.slice(colon + 1),
    body: typeof request.body === 'object' && request.body !== null ? (inCamelCase(request.body) as Body) : {},
    query: readQuery(request.query as object, google),
  };
}

/** Who calls, as annotations and records say it: an e-mail, or the whole member. */
export function emailOfCaller({ member }: ProvenPrincipal): string {
  return /^(?:user|serviceAccount):(.+)$/.exec(member)?.[1] ?? member;
}

/** There is no such route; the message names it, so that gcloud shows it. What Google has and is not played here says so. */
export function noRoute(request: FastifyRequest): GoogleError {
  const { method, url, originalUrl } = request;
  if (url === NOT_OURS) {
    const { host = '', hostname = '' } = URL.parse(originalUrl) ?? {};
    if (isGooglesElsewhere(hostname)) return new GoogleError('UNIMPLEMENTED', notEmulated(hostname));
    return new GoogleError('NOT_FOUND', `run-edges is no proxy: it does not ask ${host}.`);
  }
  const google = methodAt(request);
  if (google !== undefined)
    return new GoogleError(
      'UNIMPLEMENTED',
      `${google.id} is not emulated by run-edges (docs/reference/google-apis.md lists what is).`,
    );
  return new GoogleError('NOT_FOUND', `No route ${method} ${url.split('?')[0]} in run-edges.`);
}
