import type { Declaration, Workload } from '@run-edges/edges';
import type { Place } from './place.ts';

/** Where it is deployed: what it declares, else where the command says. */
export function regionsOf(
  { regions }: Pick<Workload, 'regions'>,
  { region }: Pick<Place, 'region'>,
): readonly string[] {
  return regions ?? [region];
}

/** Where a caller in a region finds a service: there, or in the service's first region. */
export function nearestRegion({ services }: Declaration, receiver: string, place: Pick<Place, 'region'>): string {
  const regions = regionsOf(services.find(({ name }) => name === receiver) ?? {}, place);
  return regions.includes(place.region) ? place.region : (regions[0] ?? place.region);
}
