import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { GoogleError } from '../api/google-error.ts';
import { EmulatorError } from '../errors.ts';
import type { Project } from '../identity/project.ts';
import type { ServiceRegistry } from '../service-registry.ts';
import { serviceSettings } from './front-end-of-service.ts';
import {
  annotation,
  type KnativeRevision,
  type KnativeService,
  type ObjectMeta,
  type ServiceSpec,
  type ServiceStatus,
} from './knative.ts';
import { serviceProblem } from './service-problem.ts';
import { conditions, trafficStatus } from './status.ts';

/** What a user asks for: the parts of a service that are the user's to say. */
export interface DesiredService {
  readonly metadata: Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>;
  readonly spec: ServiceSpec;
}

/** A service and its revisions, oldest first. */
export interface DeployedService {
  readonly service: KnativeService;
  readonly revisions: readonly KnativeRevision[];
}

/** Cloud Run's services: what was asked for, and bringing it about. */
export interface RunServices {
  list(): readonly KnativeService[];
  find(name: string): DeployedService | undefined;
  /** @throws GoogleError ALREADY_EXISTS, INVALID_ARGUMENT */
  create(desired: DesiredService, by: string): Promise<KnativeService>;
  /** @param version the `resourceVersion` that the change was made to; undefined: whatever is there @throws GoogleError */
  replace(desired: DesiredService, by: string, version: string | undefined): Promise<KnativeService>;
  /** @throws GoogleError NOT_FOUND */
  remove(name: string): void;
  /** Resolves when the service is as it was last asked to be; rejects with what is in the way. */
  ready(name: string): Promise<void>;
  /** Brings up what was deployed before. */
  restore(deployed: DeployedService): Promise<void>;
}

export interface RunServicesOptions {
  readonly project: Project;
  readonly registry: ServiceRegistry;
  /** Starts a revision in the registry. @throws Error when it does not come up */
  readonly start: (service: string, revision: KnativeRevision) => Promise<void>;
  readonly onChange: () => void;
  /** A service was deleted, and what belongs to it goes, too. */
  readonly onRemoved: (name: string) => void;
}

interface Entry {
  service: KnativeService;
  revisions: KnativeRevision[];
}

export function createRunServices({ project, registry, start, onChange, onRemoved }: RunServicesOptions): RunServices {
  const entries = new Map<string, Entry>();
  /** One thing after another for each name; settles when everything that was asked for was tried. */
  const works = new Map<string, Promise<void>>();

  return {
    list: () => [...entries.values()].map(({ service }) => service),
    find: (name) => entries.get(name),
    async create(desired, by) {
      const { name } = desired.metadata;
      if (entries.has(name)) throw new GoogleError('ALREADY_EXISTS', `Resource '${name}' already exists.`);
      refuse(serviceProblem(desired, []));
      const { url, hosts } = await registry.at(name);
      if (entries.has(name)) throw new GoogleError('ALREADY_EXISTS', `Resource '${name}' already exists.`);
      const time = now();
      const metadata: ObjectMeta = {
        ...desired.metadata,
        namespace: project.number,
        uid: randomUUID(),
        generation: 0,
        resourceVersion: '',
        creationTimestamp: time,
        selfLink: `/apis/serving.knative.dev/v1/namespaces/${project.number}/services/${name}`,
        annotations: { [annotation.creator]: by },
      };
      const status = { observedGeneration: 0, conditions: [], traffic: [], url, address: { url } };
      const empty: KnativeService = {
        apiVersion: 'serving.knative.dev/v1',
        kind: 'Service',
        metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation.urls]: urlsOf(url, hosts) } },
        spec: { template: { spec: { containers: [] } }, traffic: [] },
        status,
      };
      const entry: Entry = { service: empty, revisions: [] };
      entries.set(name, entry);
      return apply(entry, desired, by);
    },
    async replace(desired, by, version) {
      const { name } = desired.metadata;
      const entry = entryOf(name);
      const { resourceVersion } = entry.service.metadata;
      if (version !== undefined && version !== resourceVersion)
        throw new GoogleError(
          'ABORTED',
          `Conflict for resource '${name}': version '${version}' was specified but current version is '${resourceVersion}'.`,
        );
      refuse(
        serviceProblem(
          desired,
          entry.revisions.map(({ metadata }) => metadata.name),
        ),
      );
      return apply(entry, desired, by);
    },
    remove(name) {
      entryOf(name);
      entries.delete(name);
      const withdraw = async () => (await registry.at(name)).withdraw();
      void withdraw();
      // Once more for what was still coming up.
      enqueue(name, withdraw);
      onRemoved(name);
      onChange();
    },
    ready: async (name) => works.get(name),
    async restore({ service, revisions }) {
      const entry: Entry = { service, revisions: [...revisions] };
      entries.set(service.metadata.name, entry);
      const { url, hosts } = await registry.at(service.metadata.name);
      const { metadata } = service;
      update(entry, {
        metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation.urls]: urlsOf(url, hosts) } },
        status: { ...service.status, url, address: { url } },
      });
      const neverReady = service.status.latestReadyRevisionName === undefined;
      enqueue(service.metadata.name, () => rollOut(entry, neverReady ? revisions.at(-1) : undefined));
    },
  };

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

  /** Writes down what is asked for and begins to bring it about. */
  function apply(entry: Entry, desired: DesiredService, by: string): KnativeService {
    const { metadata, spec, status } = entry.service;
    const template = desired.spec.template;
    const kept = Object.fromEntries(
      [annotation.creator, annotation.urls].map((name) => [name, metadata.annotations[name] ?? '']),
    );
    const changed = entry.revisions.length === 0 || !isDeepStrictEqual(template, spec.template);
    const generation = metadata.generation + 1;
    const revision = changed ? newRevision(entry, desired, generation, by) : undefined;
    const time = now();
    update(entry, {
      metadata: {
        ...metadata,
        labels: { ...desired.metadata.labels, 'cloud.googleapis.com/location': project.region },
        annotations: {
          ...desired.metadata.annotations,
          ...kept,
          [annotation.ingressStatus]: desired.metadata.annotations[annotation.ingress] ?? 'all',
          [annotation.lastModifier]: by,
        },
        generation,
      },
      spec: desired.spec,
      status: {
        ...status,
        observedGeneration: generation,
        conditions: conditions(time, { status: 'Unknown' }),
        ...(revision === undefined ? {} : { latestCreatedRevisionName: revision.metadata.name }),
      },
    });
    if (revision !== undefined) entry.revisions.push(revision);
    enqueue(metadata.name, () => rollOut(entry, revision));
    onChange();
    return entry.service;
  }

  /** Brings up what is asked for; what served before goes on until then. */
  async function rollOut(entry: Entry, revision: KnativeRevision | undefined): Promise<void> {
    const { name, generation } = entry.service.metadata;
    const current = () => entries.get(name) === entry && entry.service.metadata.generation === generation;
    if (entries.get(name) !== entry) return;
    try {
      const runtime = await registry.at(name);
      if (revision !== undefined) await bringUp(entry, revision);
      const latest = revision?.metadata.name ?? entry.service.status.latestReadyRevisionName ?? '';
      if (entries.get(name) !== entry) return;
      const traffic = trafficStatus(entry.service.spec.traffic, latest, runtime.hosts[0]);
      for (const { revisionName } of traffic) {
        const found = entry.revisions.find(({ metadata }) => metadata.name === revisionName);
        if (found !== undefined && !runtime.runs(found.metadata.name)) await bringUp(entry, found);
      }
      if (entries.get(name) !== entry) return;
      await runtime.route(
        serviceSettings(entry.service),
        traffic.map(({ revisionName = latest, percent = 0, tag }) => ({ revision: revisionName, percent, tag })),
      );
      setStatus(entry, { latestReadyRevisionName: latest, traffic });
      if (current()) setStatus(entry, { conditions: conditions(now(), { status: 'True' }) });
    } catch (error) {
      const message = failure(entry.service.status.latestCreatedRevisionName ?? name, error as Error);
      if (current())
        setStatus(entry, {
          conditions: conditions(now(), {
            status: 'False',
            failed: 'ConfigurationsReady',
            reason: 'RevisionFailed',
            message,
          }),
        });
      throw error;
    } finally {
      onChange();
    }
  }

  async function bringUp(entry: Entry, revision: KnativeRevision): Promise<void> {
    const { name } = entry.service.metadata;
    const become = (status: 'True' | 'False', message?: string) => {
      const condition = {
        type: 'Ready',
        status,
        lastTransitionTime: now(),
        ...(message === undefined ? {} : { message }),
      };
      entry.revisions = entry.revisions.map((one) =>
        one.metadata.name === revision.metadata.name
          ? { ...one, status: { ...one.status, conditions: [condition] } }
          : one,
      );
    };
    await start(name, revision).then(
      () => become('True'),
      (error: Error) => {
        become('False', failure(revision.metadata.name, error));
        throw error;
      },
    );
  }

  function newRevision(
    entry: Entry,
    { metadata, spec }: DesiredService,
    generation: number,
    by: string,
  ): KnativeRevision {
    const given = spec.template.metadata?.name ?? '';
    const name = given === '' ? `${metadata.name}-${`${generation}`.padStart(5, '0')}-${threeLetters()}` : given;
    if (entry.revisions.some((one) => one.metadata.name === name))
      throw new GoogleError('ALREADY_EXISTS', `Revision named '${name}' with different configuration already exists.`);
    const time = now();
    return {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Revision',
      metadata: {
        name,
        namespace: project.number,
        uid: randomUUID(),
        generation: 1,
        resourceVersion: newVersion(),
        creationTimestamp: time,
        selfLink: `/apis/serving.knative.dev/v1/namespaces/${project.number}/revisions/${name}`,
        labels: {
          ...spec.template.metadata?.labels,
          'serving.knative.dev/service': metadata.name,
          'serving.knative.dev/configuration': metadata.name,
          'serving.knative.dev/configurationGeneration': `${generation}`,
          'cloud.googleapis.com/location': project.region,
        },
        annotations: { ...spec.template.metadata?.annotations, [annotation.creator]: by },
      },
      spec: spec.template.spec,
      status: {
        observedGeneration: 1,
        conditions: [{ type: 'Ready', status: 'Unknown', lastTransitionTime: time }],
      },
    };
  }

  function setStatus(entry: Entry, status: Partial<ServiceStatus>): void {
    update(entry, { status: { ...entry.service.status, ...status } });
  }
}

/** What Cloud Run says, and what the emulator knows beyond it. */
function failure(revision: string, error: Error): string {
  const mend = error instanceof EmulatorError ? ` ${error.mend}` : '';
  return `Revision '${revision}' is not ready and cannot serve traffic. ${error.message}${mend}`;
}

export function notFound(kind: 'SERVICE' | 'REVISION', name: string, project: Project): GoogleError {
  return new GoogleError(
    'NOT_FOUND',
    `Resource '${name}' of kind '${kind}' in region '${project.region}' in project '${project.id}' does not exist.`,
  );
}

/** The one that works on this machine first: gcloud shows it. */
function urlsOf(url: string, hosts: readonly string[]): string {
  return JSON.stringify([url, ...hosts.map((host) => `https://${host}`)]);
}

function update(entry: Entry, change: Partial<KnativeService>): void {
  const { metadata = entry.service.metadata } = change;
  entry.service = { ...entry.service, ...change, metadata: { ...metadata, resourceVersion: newVersion() } };
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new GoogleError('INVALID_ARGUMENT', problem);
}

let versions = 0;

/** Base64, as Cloud Run's are. */
function newVersion(): string {
  return Buffer.from(`${Date.now().toString(36)}.${++versions}`).toString('base64url');
}

function now(): string {
  return new Date().toISOString();
}

const LETTERS = 'bcdfghjklmnpqrstvwxz';

/** Revision names end so; without vowels they spell nothing. */
function threeLetters(): string {
  return Array.from({ length: 3 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
