import type { FastifyRequest } from 'fastify';
import type { KnativeRevision, KnativeService } from '../../run/services/knative.ts';
import { InvalidField, notFound } from '../../run/services/run-errors.ts';
import type { RunServices } from '../../run/services/services.ts';
import { revisionsOf } from '../../run/services/status.ts';
import { type Call, type CallOptions, checkLocation, readCall } from '../http/call.ts';
import type { EnabledApis } from './enabled-apis.ts';

/** What calls of Cloud Run's API are about. */
export interface RunCallContext extends CallOptions {
  readonly apis: EnabledApis;
  readonly services: RunServices;
}

/** Reads a call of Cloud Run's API, at the project's region or at the host of all regions. @throws GoogleError */
export async function readRunCall(request: FastifyRequest, context: RunCallContext): Promise<Call> {
  const call = await readCall(request, context);
  const region = regionIn(request.host);
  if (region !== undefined) checkLocation(region, context.project);
  context.apis.need('run.googleapis.com');
  return call;
}

/** Whether a v1 call is only tried out: what it asks for is checked, and nothing is done. @throws GoogleError INVALID_ARGUMENT */
export function isDryRun({ query }: Call): boolean {
  if (query.dryRun === undefined || query.dryRun === 'all') return query.dryRun === 'all';
  throw new InvalidField('dryRun', `Invalid value "${query.dryRun}"; it must be all.`);
}

/** @param kind as what it is asked for @throws GoogleError NOT_FOUND */
export function serviceNamed(
  name: string,
  { services, project }: RunCallContext,
  kind: 'SERVICE' | 'CONFIGURATION' | 'ROUTE' = 'SERVICE',
): KnativeService {
  const deployed = services.find(name);
  if (deployed === undefined) throw notFound(kind, name, project);
  return deployed.service;
}

/** The revisions of a service, or of all of them, newest first. */
export function revisionsIn({ services }: RunCallContext, service?: string): KnativeRevision[] {
  const names = service === undefined ? services.list().map(({ metadata }) => metadata.name) : [service];
  return names.flatMap((name) => revisionsOf(services.find(name))).toReversed();
}

/** @throws GoogleError NOT_FOUND */
export function revisionNamed(name: string, context: RunCallContext, service?: string): KnativeRevision {
  const revision = revisionsIn(context, service).find(({ metadata }) => metadata.name === name);
  if (revision === undefined) throw notFound('REVISION', name, context.project);
  return revision;
}

/** gcloud writes the region before the host: `us-central1-run.googleapis.com`. */
function regionIn(host: string): string | undefined {
  return /^([a-z]+-[a-z]+\d+)-/.exec(host)?.[1];
}
