import { type Declaration, deterministicUrl, environmentOf } from '@run-edges/edges';
import type { Iam } from '../iam/policies/iam.ts';
import type { Project } from '../identity/project.ts';
import { placeOfName } from '../identity/regions.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import { type StartRevisionOptions, startRevision } from '../run/revisions/start-revision.ts';
import { declaredService } from '../run/services/declared-service.ts';
import { createRegions, type Regions } from '../run/services/regions.ts';
import { changedServices, type SavedService, stillGood } from '../run/services/saved-services.ts';
import { createRunServices } from '../run/services/services.ts';
import type { Part } from './parts.ts';
import type { SavedState } from './saved-state.ts';

export interface ServicesPartOptions extends StartRevisionOptions {
  readonly declaration: Declaration;
  /** What is there because it is declared; in an empty project nothing is. */
  readonly declared: Declaration['services'];
  readonly project: Project;
  readonly registry: ServiceRegistry;
  readonly iam: Iam;
  readonly emailOf: (name: string) => string;
  /** Who deploys: an e-mail. */
  readonly owner: string;
  readonly kept: KeptState<SavedState>;
}

/** Services, in every region. */
export function servicesPart(options: ServicesPartOptions): Part & { readonly regions: Regions } {
  const { declaration, project, registry, iam, emailOf, owner, kept } = options;
  const onRemoved = (name: string) => iam.policies.remove(`services/${name}`);
  const regions = createRegions(project, (there, called) =>
    createRunServices({
      project: there,
      registry: { at: (name) => registry.at(called(name)), ending: registry.ending },
      start: (service, revision) => startRevision(called(service), revision, options),
      onChange: kept.save,
      onRemoved: (name) => onRemoved(called(name)),
    }),
  );
  return { regions, callers: registry.callers, start, stop: registry.stop, close: registry.close };

  /**
   * Brings up what is declared, but for services that were changed or deleted since, and what else was deployed before.
   * @throws EmulatorError when a declared service does not come up
   */
  async function start(): Promise<void> {
    const { services } = regions.home;
    const declared = new Map(options.declared.map((service) => [service.name, service]));
    const saved: readonly SavedService[] = stillGood(kept.saved?.services ?? [], declared);
    for (const { name, deployed } of saved) {
      if (deployed === null) onRemoved(name);
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
}
