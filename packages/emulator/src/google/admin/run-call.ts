import type { FastifyRequest } from 'fastify';
import { isRegion } from '../../identity/regions.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { KnativeRevision, KnativeService } from '../../run/services/knative.ts';
import type { Region, Regions } from '../../run/services/regions.ts';
import { InvalidField, notFound } from '../../run/services/run-errors.ts';
import { revisionsOf } from '../../run/services/status.ts';
import { type Call, type CallOptions, readCall } from '../http/call.ts';
import type { EnabledApis } from './enabled-apis.ts';

/** What calls of Cloud Run's API are about. */
export interface RunCallContext extends CallOptions {
  readonly apis: EnabledApis;
}

/** What calls about services are about. */
export interface RegionalContext extends RunCallContext {
  readonly regions: Regions;
}

/** A call about services: where they are. */
export interface RegionalCall extends Call {
  readonly region: Region;
  /** All that have something, where the call names none in particular: what a list is of. */
  readonly regions: readonly Region[];
}

/** Reads a call of Cloud Run's API about services, of any region. @throws GoogleError */
export async function readRegionalCall(request: FastifyRequest, context: RegionalContext): Promise<RegionalCall> {
  const { regions } = context;
  const call = await readCall(request, context);
  const named = call.location ?? regionIn(request.host) ?? '-';
  if (named !== '-' && !isRegion(named, context.project)) throw noSuchLocation(named);
  context.apis.need('run.googleapis.com');
  if (named === '-') return { ...call, region: regions.home, regions: regions.list() };
  const region = regions.at(named);
  return { ...call, region, regions: [region] };
}

/** Reads one about what is played in the project's own region alone. @throws GoogleError */
export async function readRunCall(request: FastifyRequest, context: RunCallContext): Promise<Call> {
  const call = await readCall(request, context);
  const { region } = context.project;
  const wrong = [call.location, regionIn(request.host)].find(
    (one) => one !== undefined && one !== region && one !== '-',
  );
  if (wrong !== undefined)
    throw noSuchLocation(wrong, ` (run-edges plays this in ${region}; start it with --region=${wrong} for another.)`);
  context.apis.need('run.googleapis.com');
  return call;
}

function noSuchLocation(location: string, why = ''): GoogleError {
  return new GoogleError('PERMISSION_DENIED', `Location ${location} is not found or access is unauthorized.${why}`);
}

/** Whether a v1 call is only tried out: what it asks for is checked, and nothing is done. @throws GoogleError INVALID_ARGUMENT */
export function isDryRun({ query }: Call): boolean {
  if (query.dryRun === undefined || query.dryRun === 'all') return query.dryRun === 'all';
  throw new InvalidField('dryRun', `Invalid value "${query.dryRun}"; it must be all.`);
}

/** @param kind as what it is asked for @throws GoogleError NOT_FOUND */
export function serviceNamed(
  name: string,
  { services, project }: Region,
  kind: 'SERVICE' | 'CONFIGURATION' | 'ROUTE' = 'SERVICE',
): KnativeService {
  const deployed = services.find(name);
  if (deployed === undefined) throw notFound(kind, name, project);
  return deployed.service;
}

/** The services of these regions. */
export function servicesIn(regions: readonly Region[]): KnativeService[] {
  return regions.flatMap(({ services }) => services.list());
}

/** The revisions of a service, or of all of them, newest first. */
export function revisionsIn({ services }: Region, service?: string): KnativeRevision[] {
  const names = service === undefined ? services.list().map(({ metadata }) => metadata.name) : [service];
  return names.flatMap((name) => revisionsOf(services.find(name))).toReversed();
}

/** @throws GoogleError NOT_FOUND */
export function revisionNamed(name: string, region: Region, service?: string): KnativeRevision {
  const revision = revisionsIn(region, service).find(({ metadata }) => metadata.name === name);
  if (revision === undefined) throw notFound('REVISION', name, region.project);
  return revision;
}

/** gcloud writes the region before the host: `us-central1-run.googleapis.com`. */
function regionIn(host: string): string | undefined {
  return /^([a-z]+-[a-z]+\d+)-/.exec(host)?.[1];
}
