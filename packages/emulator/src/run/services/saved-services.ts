import { isDeepStrictEqual } from 'node:util';
import type { Service } from '@run-edges/edges';
import { list, map, object, orNull, text } from '../../internal/json-shape.ts';
import type { DeployedService } from './deployed-service.ts';
import type { Region, Regions } from './regions.ts';

/** A service that is otherwise than the declaration says, and what the declaration said then. */
export interface SavedService {
  /** Outside the project's own region `REGION/NAME`. */
  readonly name: string;
  /** Null: it was deleted. */
  readonly deployed: DeployedService | null;
  /** Null: it was not declared. */
  readonly declared: Service | null;
}

const knative = object({
  metadata: object({ name: text }, { annotations: map(text), labels: map(text) }),
  spec: { type: 'object' },
});

/** What a state file must hold of it. What stands deeper is checked where it is used. */
export const savedServicesShape = list(
  object({
    name: text,
    deployed: orNull(object({ service: knative, revisions: list(knative) })),
    declared: orNull({ type: 'object' }),
  }),
);

type Declared = ReadonlyMap<string, Service>;

/** The services that are not as they were declared, those of other regions among them: nothing is declared there alone. */
export function changedServices(
  regions: Regions,
  declared: Declared,
  isAsDeclared: (name: string) => boolean,
): SavedService[] {
  const elsewhere = regions.list().filter((region) => region !== regions.home);
  return [regions.home, ...elsewhere].flatMap((region) =>
    region === regions.home ? changedIn(region, declared, isAsDeclared) : changedIn(region, new Map(), () => false),
  );
}

function changedIn(
  { services, resource }: Region,
  declared: Declared,
  isAsDeclared: (name: string) => boolean,
): SavedService[] {
  const names = new Set([...declared.keys(), ...services.list().map(({ metadata }) => metadata.name)]);
  return [...names].flatMap((name) => {
    const { service, revisions } = services.find(name) ?? {};
    if (isAsDeclared(name)) return [];
    const deployed = service === undefined || revisions === undefined ? null : { service, revisions };
    return [{ name: resource(name).slice('services/'.length), deployed, declared: declared.get(name) ?? null }];
  });
}

/** What was saved, except where the declaration was changed meanwhile: then it wins. */
export function stillGood(saved: readonly SavedService[], declared: Declared): SavedService[] {
  return saved.filter((one) => isDeepStrictEqual(one.declared, declared.get(one.name) ?? null));
}
