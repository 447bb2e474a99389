import type { Project } from '../../identity/project.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { Undo } from '../../internal/remember.ts';
import { askedFor, type Change } from './asked-for.ts';
import type { DeployedService, DesiredService } from './deployed-service.ts';
import { brokenOff, type Entry, isAskedFor, untried, update } from './entry.ts';
import type { KnativeRevision, KnativeService } from './knative.ts';
import { newService } from './new-objects.ts';
import { whyInUse } from './revision-in-use.ts';
import { createRollOut, type RollOutOptions } from './roll-out.ts';
import { conflict, InvalidField, notFound, serviceExists } from './run-errors.ts';
import { serviceProblem } from './service-problem.ts';

/** Cloud Run's services: what was asked for, and bringing it about. */
export interface RunServices {
  list(): readonly KnativeService[];
  find(name: string): DeployedService | undefined;
  /** @throws GoogleError ALREADY_EXISTS, INVALID_ARGUMENT */
  create(desired: DesiredService, change: Change): Promise<KnativeService>;
  /** @param version the `resourceVersion` that the change was made to; undefined: whatever is there @throws GoogleError */
  replace(desired: DesiredService, change: Change, version: string | undefined): Promise<KnativeService>;
  /** @throws GoogleError NOT_FOUND */
  remove(name: string): void;
  /** @throws GoogleError NOT_FOUND; FAILED_PRECONDITION for one that serves, or is the latest */
  removeRevision(service: string, revision: string, dryRun?: boolean): void;
  /** Resolves when the service is as it was last asked to be; rejects with what is in the way. */
  ready(name: string): Promise<void>;
  /** Brings up what was deployed before. */
  restore(deployed: DeployedService): Promise<void>;
  /** The way back to what is asked for now; what serves goes on until it is there. */
  remember(): Undo;
}

export interface RunServicesOptions extends RollOutOptions {
  readonly project: Project;
  /** A service was deleted, and what belongs to it goes, too. */
  readonly onRemoved: (name: string) => void;
}

/** Cloud Run keeps a thousand. */
const MOST_REVISIONS = 1000;

export function createRunServices({ project, registry, start, onChange, onRemoved }: RunServicesOptions): RunServices {
  const entries = new Map<string, Entry>();
  /** One thing after another for each name; settles when everything that was asked for was tried. */
  const works = new Map<string, Promise<void>>();
  const { locate, bring } = createRollOut({ registry, start, onChange });

  return {
    list: () => [...entries.values()].map(({ service }) => service),
    find: (name) => entries.get(name),
    async create(desired, change) {
      const { name } = desired.metadata;
      refuseAtTheEnd();
      if (entries.has(name)) throw serviceExists(name);
      refuse(serviceProblem(desired, []));
      const entry: Entry = { service: newService(name, project, change.by), revisions: [] };
      if (change.dryRun === true) return askedFor(entry, desired, change, project).service;
      await locate(entry).catch((error: unknown) => {
        refuseAtTheEnd();
        throw error;
      });
      refuseAtTheEnd();
      if (entries.has(name)) throw serviceExists(name);
      entries.set(name, entry);
      return apply(entry, desired, change);
    },
    async replace(desired, change, version) {
      const { name } = desired.metadata;
      refuseAtTheEnd();
      const entry = entryOf(name);
      const { resourceVersion } = entry.service.metadata;
      if (version !== undefined && version !== resourceVersion) throw conflict(name, version, resourceVersion);
      refuse(
        serviceProblem(
          desired,
          entry.revisions.map(({ metadata }) => metadata.name),
        ),
      );
      if (change.dryRun === true) return askedFor(entry, desired, change, project).service;
      return apply(entry, desired, change);
    },
    remove(name) {
      entryOf(name);
      takeAway(name);
      onRemoved(name);
      onChange();
    },
    removeRevision(name, revision, dryRun = false) {
      const entry = entryOf(name);
      const found = entry.revisions.find(({ metadata }) => metadata.name === revision);
      if (found === undefined) throw notFound('REVISION', revision, project);
      const problem = whyInUse(entry.service, revision);
      if (problem !== undefined) throw new GoogleError('FAILED_PRECONDITION', problem);
      if (dryRun) return;
      entry.revisions = entry.revisions.filter((one) => one !== found);
      onChange();
    },
    ready: async (name) => works.get(name),
    async restore({ service, revisions }) {
      const entry: Entry = { service, revisions: [...revisions] };
      entries.set(service.metadata.name, entry);
      await locate(entry);
      enqueue(service.metadata.name, () => rollOut(entry, untried(entry)));
      // What served before serves meanwhile.
      const newest = untried(entry) === undefined ? brokenOff(entry) : undefined;
      if (newest !== undefined) enqueue(service.metadata.name, () => rollOut(entry, newest));
    },
    remember() {
      const before = [...entries].map(([name, { service, revisions }]) => [name, { service, revisions }] as const);
      return () => {
        for (const name of entries.keys()) if (!before.some(([known]) => known === name)) takeAway(name);
        for (const [name, deployed] of before) bringBack(name, deployed);
      };
    },
  };

  /** Nothing that could not be carried out any more is acknowledged. */
  function refuseAtTheEnd(): void {
    if (registry.ending.aborted) throw new GoogleError('UNAVAILABLE', 'run-edges is stopping.');
  }

  function takeAway(name: string): void {
    entries.delete(name);
    void withdraw(name);
    // Once more for what was still coming up.
    enqueue(name, () => withdraw(name));
  }

  async function supersede(name: string): Promise<void> {
    (await registry.at(name)).giveUp();
  }

  async function withdraw(name: string): Promise<void> {
    await (await registry.at(name)).withdraw();
  }

  /** As it was asked for before. What came up meanwhile goes. */
  function bringBack(name: string, { service, revisions }: DeployedService): void {
    const current = entries.get(name);
    const same = current !== undefined && isAskedFor(current.service, service);
    const entry: Entry = same ? current : { service, revisions: [...revisions] };
    // In the order of before.
    entries.delete(name);
    entries.set(name, entry);
    if (same) {
      // Those that were deleted, too.
      const by = new Map(entry.revisions.map((one) => [one.metadata.name, one]));
      entry.revisions = revisions.map((one) => by.get(one.metadata.name) ?? one);
      return;
    }
    enqueue(name, async () => {
      (await registry.at(name)).goBack(service.status.latestReadyRevisionName ?? '');
      await rollOut(entry, untried(entry));
    });
  }

  function entryOf(name: string): Entry {
    const entry = entries.get(name);
    if (entry === undefined) throw notFound('SERVICE', name, project);
    return entry;
  }

  function enqueue(name: string, task: () => Promise<void>): void {
    const work = (works.get(name) ?? Promise.resolve()).catch(() => undefined).then(task);
    works.set(name, work);
    // Whoever wants to know asks with ready().
    work.catch(() => undefined);
  }

  function rollOut(entry: Entry, revision: KnativeRevision | undefined): Promise<void> {
    return bring(entry, revision, () => entries.get(entry.service.metadata.name) === entry);
  }

  /** Writes down what is asked for and begins to bring it about. */
  function apply(entry: Entry, desired: DesiredService, change: Change): KnativeService {
    const { service, revision } = askedFor(entry, desired, change, project);
    update(entry, service);
    if (revision !== undefined) entry.revisions = [...entry.revisions, revision].slice(-MOST_REVISIONS);
    if (change.supersede === true) void supersede(service.metadata.name);
    enqueue(service.metadata.name, () => rollOut(entry, revision));
    onChange();
    return entry.service;
  }
}

function refuse(problem: string | undefined): void {
  if (problem === undefined) return;
  const [, field = '', description = ''] = /^(\S+): (.*)$/s.exec(problem) ?? [];
  throw new InvalidField(field, description);
}
