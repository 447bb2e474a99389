import type { Project } from '../../identity/project.ts';
import { regionalName } from '../../identity/regions.ts';
import type { Undo } from '../../internal/remember.ts';
import type { RunServices } from './services.ts';

/** Cloud Run in one region. */
export interface Region {
  /** The project as it is seen there. */
  readonly project: Project;
  readonly services: RunServices;
  /** Where the policy of a service is. */
  resource(service: string): `services/${string}`;
}

/** Cloud Run's regions: the project's own, and those in which something was asked for. */
export interface Regions {
  readonly home: Region;
  at(region: string): Region;
  list(): readonly Region[];
  /** The way back to what is asked for in all of them now. */
  remember(): Undo;
}

/** @param open the services of a region, by what services are called there: see {@link regionalName} */
export function createRegions(
  project: Project,
  open: (project: Project, called: (service: string) => string) => RunServices,
): Regions {
  const regions = new Map<string, Region>();
  /** Back to nothing: what a region was before anything was asked for. */
  const beginnings = new Map<Region, Undo>();

  function at(region: string): Region {
    const known = regions.get(region);
    if (known !== undefined) return known;
    const there = { ...project, region };
    const called = (service: string) => regionalName(service, region, project);
    const opened: Region = {
      project: there,
      services: open(there, called),
      resource: (service) => `services/${called(service)}`,
    };
    regions.set(region, opened);
    beginnings.set(opened, opened.services.remember());
    return opened;
  }

  return {
    home: at(project.region),
    at,
    list: () => [...regions.values()],
    remember() {
      const undos = new Map([...regions.values()].map((region) => [region, region.services.remember()]));
      return () => {
        for (const [region, beginning] of beginnings) (undos.get(region) ?? beginning)();
      };
    },
  };
}
