import { type Declaration, environmentOf } from '@run-edges/edges';
import { declaredPolicy, emailsIn } from '../iam/policies/declared-policy.ts';
import type { Iam } from '../iam/policies/iam.ts';
import type { Project } from '../identity/project.ts';
import { placeOfName } from '../identity/regions.ts';
import { both } from '../internal/remember.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import { type StartRevisionOptions, startRevision } from '../run/revisions/start-revision.ts';
import { declaredService } from '../run/services/declared-service.ts';
import type { DesiredService } from '../run/services/deployed-service.ts';
import { createRegions, type Regions } from '../run/services/regions.ts';
import { changedServices, type SavedService, stillGood } from '../run/services/saved-services.ts';
import { createRunServices } from '../run/services/services.ts';
import type { Declared } from './declared.ts';
import { addressesIn, declaredWorkloads } from './declared-workloads.ts';
import type { Part } from './parts.ts';
import type { SavedState } from './saved-state.ts';

export interface ServicesPartOptions extends StartRevisionOptions {
  readonly there: Declared['there'];
  /** What services are told of it. */
  readonly told: (declaration: Declaration) => Declaration;
  readonly project: Project;
  readonly registry: ServiceRegistry;
  readonly iam: Iam;
  /** Who deploys: an e-mail. */
  readonly owner: string;
  readonly kept: KeptState<SavedState>;
}

/** Services, in every region. */
export function servicesPart(options: ServicesPartOptions): Part & { readonly regions: Regions } {
  const { there, told, project, registry, iam, owner, kept } = options;
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
  const { services } = regions.home;
  const declared = declaredWorkloads({
    there,
    listIn: (declaration) => declaration.services,
    desired(service, declaration) {
      const addresses = addressesIn(declaration, project);
      const env = environmentOf(told(declaration), service.name, addresses);
      return declaredService(service, project, { email: addresses.emailOf(service.name), env });
    },
    deployments: {
      find: (name) => services.find(name)?.service,
      create: services.create,
      replace: (desired, ...how) => services.replace(withoutRevisionName(desired), ...how),
      remove: services.remove,
    },
    ready: services.ready,
    by: owner,
    onGone: onRemoved,
    onBack(name, declaration) {
      const bindings = declaredPolicy(declaration, name, emailsIn(declaration, project));
      iam.policies.write(`services/${name}`, { bindings, version: 3 });
    },
  });
  const { follow, again } = declared;
  return { regions, callers: registry.callers, start, follow, again, stop: registry.stop, close: registry.close };

  /**
   * Brings up what is declared, but for services that were changed or deleted since, and what else was deployed before.
   * @throws EmulatorError when a declared service does not come up
   */
  async function start(): Promise<void> {
    const saved: readonly SavedService[] = stillGood(kept.saved?.services ?? [], declared.all);
    for (const { name, deployed } of saved) {
      if (deployed === null) onRemoved(name);
      else await regions.at(placeOfName(name, project).project.region).services.restore(deployed);
    }
    const starting = [...declared.all.values()].filter(({ name }) => !saved.some((one) => one.name === name));
    await Promise.all(starting.map(declared.deploy));
    kept.keep({
      name: 'services',
      save: () => changedServices(regions, declared.all, declared.isAsDeclared),
      remember: () => both(regions.remember(), declared.remember()),
    });
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

/** It is the name of a revision that is there. */
function withoutRevisionName(desired: DesiredService): DesiredService {
  const { name: _, ...metadata } = desired.spec.template.metadata ?? {};
  return { ...desired, spec: { ...desired.spec, template: { ...desired.spec.template, metadata } } };
}
