import { isEnding } from '../../internal/ending.ts';
import { serviceSettings } from '../revisions/front-end-of-service.ts';
import type { ServiceRegistry } from '../revisions/service-registry.ts';
import { type Entry, failureOf, update } from './entry.ts';
import { annotation, type Condition, type KnativeRevision, type ServiceStatus } from './knative.ts';
import { revisionFailure } from './revision-failure.ts';
import { conditions, revisionConditions, trafficStatus } from './status.ts';

export interface RollOutOptions {
  readonly registry: Pick<ServiceRegistry, 'at' | 'ending'>;
  /** Starts a revision in the registry. @throws Error when it does not come up */
  readonly start: (service: string, revision: KnativeRevision) => Promise<void>;
  readonly onChange: () => void;
}

/** Brings about what is asked for, and says in the service's status how far it came. */
export interface RollOut {
  /** Tells the service its addresses, the one that works on this machine first: gcloud shows it. */
  locate(entry: Entry): Promise<void>;
  /**
   * Brings up what is asked for; what served before goes on until then.
   * @param there whether the service is still there
   * @throws Error with what is in the way
   */
  bring(entry: Entry, revision: KnativeRevision | undefined, there: () => boolean): Promise<void>;
}

export function createRollOut({ registry, start, onChange }: RollOutOptions): RollOut {
  return { locate, bring };

  async function bring(entry: Entry, revision: KnativeRevision | undefined, there: () => boolean): Promise<void> {
    const { generation } = entry.service.metadata;
    if (!there()) return;
    const problem = await bringAbout(entry, revision, there)
      // An earlier revision serves; the newest is what was asked for.
      .then(() => failureOf(entry.revisions.at(-1))?.message)
      .catch((error: Error) => error);
    // What was asked for stays asked for: the next start tries it.
    if (isEnding(problem)) throw problem;
    const failed = typeof problem === 'string' ? new Error(problem) : problem;
    const { reason = 'RevisionFailed', message = failed?.message } = failureOf(entry.revisions.at(-1)) ?? {};
    const outcome =
      failed === undefined
        ? ({ status: 'True' } as const)
        : ({ status: 'False', failed: 'ConfigurationsReady', reason } as const);
    if (there() && entry.service.metadata.generation === generation)
      setStatus(entry, {
        conditions: conditions(now(), { ...outcome, ...(message === undefined ? {} : { message }) }),
      });
    onChange();
    if (failed !== undefined) throw failed;
  }

  async function bringAbout(entry: Entry, revision: KnativeRevision | undefined, there: () => boolean): Promise<void> {
    const runtime = await registry.at(entry.service.metadata.name);
    if (revision !== undefined) await bringUp(entry, revision);
    const latest = revision?.metadata.name ?? entry.service.status.latestReadyRevisionName;
    if (latest === undefined || !there()) return;
    const traffic = trafficStatus(entry.service.spec.traffic, latest, runtime.hosts[0]);
    for (const { revisionName } of traffic) {
      const found = entry.revisions.find(({ metadata }) => metadata.name === revisionName);
      if (found !== undefined && !runtime.runs(found.metadata.name)) await bringUp(entry, found);
    }
    if (!there()) return;
    await runtime.route(
      serviceSettings(entry.service),
      traffic.map(({ revisionName = latest, percent = 0, tag }) => ({ revision: revisionName, percent, tag })),
    );
    setStatus(entry, { latestReadyRevisionName: latest, traffic });
  }

  async function bringUp(entry: Entry, revision: KnativeRevision): Promise<void> {
    const { name } = entry.service.metadata;
    const become = (conditions: readonly Condition[]) => {
      entry.revisions = entry.revisions.map((one) =>
        one.metadata.name === revision.metadata.name ? { ...one, status: { ...one.status, conditions } } : one,
      );
    };
    await start(name, revision).then(
      () => become(revisionConditions(now())),
      (error: Error) => {
        if (!isEnding(error)) become(revisionConditions(now(), revisionFailure(revision, error)));
        throw error;
      },
    );
  }

  async function locate(entry: Entry): Promise<void> {
    const { metadata, status } = entry.service;
    const { toldUrl: url, hosts } = await registry.at(metadata.name);
    const urls = JSON.stringify([...new Set([url, ...hosts.map((host) => `https://${host}`)])]);
    update(entry, {
      metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation.urls]: urls } },
      status: { ...status, url, address: { url } },
    });
  }

  function setStatus(entry: Entry, status: Partial<ServiceStatus>): void {
    update(entry, { status: { ...entry.service.status, ...status } });
  }
}

function now(): string {
  return new Date().toISOString();
}
