import { type Declaration, deterministicUrl, environmentOf } from '@run-edges/edges';
import { placeOfName } from '../identity/regions.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import { declaredService } from '../run/services/declared-service.ts';
import type { Regions } from '../run/services/regions.ts';
import { changedServices, type SavedService, stillGood } from '../run/services/saved-services.ts';
import type { SavedState } from './saved-state.ts';

export interface DeployDeclaredOptions {
  readonly declaration: Declaration;
  /** What is there because it is declared; in an empty project nothing is. */
  readonly declared: Declaration['services'];
  readonly regions: Regions;
  readonly emailOf: (name: string) => string;
  /** Who deploys: an e-mail. */
  readonly owner: string;
  readonly kept: KeptState<SavedState>;
  /** A declared service was deleted before. */
  readonly onGone: (name: string) => void;
}

/**
 * Brings up what is declared, but for services that were changed or deleted since, and what else was deployed before.
 * @throws EmulatorError when a declared service does not come up
 */
export async function deployDeclared(options: DeployDeclaredOptions): Promise<void> {
  const { declaration, regions, emailOf, owner, kept } = options;
  const { project, services } = regions.home;
  const declared = new Map(options.declared.map((service) => [service.name, service]));
  const saved: readonly SavedService[] = stillGood(kept.saved?.services ?? [], declared);
  for (const { name, deployed } of saved) {
    if (deployed === null) options.onGone(name);
    else await regions.at(placeOfName(name, project).project.region).services.restore(deployed);
  }
  const addresses = { urlOf: (name: string) => deterministicUrl(name, project), emailOf };
  const starting = [...declared.values()].filter(({ name }) => !saved.some((one) => one.name === name));
  await Promise.all(
    starting.map(async (service) => {
      const env = environmentOf(declaration, service.name, addresses);
      await services.create(declaredService(service, project, { email: emailOf(service.name), env }), { by: owner });
    }),
  );
  kept.keep({ name: 'services', save: () => changedServices(regions, declared), remember: regions.remember });
  await Promise.all(starting.map(({ name }) => services.ready(name)));
  // What was deployed by hand may fail without taking the others along: its status says so.
  await Promise.allSettled(
    saved.map(({ name }) => {
      const place = placeOfName(name, project);
      return regions.at(place.project.region).services.ready(place.name);
    }),
  );
}
