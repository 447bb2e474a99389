import { join } from 'node:path';
import type { Declaration, Workload } from '@run-edges/edges';
import { ownEntry } from '../../internal/own-entry.ts';
import type { Entrypoint } from '../runtime/start-command.ts';

/** A folder with an app, and how it is started where the declaration says so. */
interface AppFolder extends Pick<Entrypoint, 'own'> {
  readonly folder: string;
}

/** What runs where Cloud Run would run an image: an app that is started, or the address of one that already runs. */
export type App = AppFolder | { readonly url: string };

export interface ImageSources {
  /** Images, or the last part of their names, and their folder or address. */
  readonly images: Readonly<Record<string, string>>;
  readonly declaration: Declaration;
  /** Services that already run somewhere, by name. */
  readonly fronts: Readonly<Record<string, string>>;
  /** Folder with the apps that play images of Google's own. */
  readonly samplesFolder: string;
}

/** Images that stand in Google's documentation, each with the folder of the app that plays it. */
const samples: Readonly<Record<string, string>> = {
  'us-docker.pkg.dev/cloudrun/container/hello': 'hello',
  'gcr.io/cloudrun/hello': 'hello',
};

/**
 * The app for an image: the one that it is mapped to, whole, without its tag or digest, or by the last part of its
 * name; else the one that plays it, where it is Google's; else that of the declared service, job or worker pool whose name
 * that last part is, or that says this image.
 */
export function findApp(image: string, sources: ImageSources): App | undefined {
  const { images, declaration, fronts, samplesFolder } = sources;
  const untagged = withoutTag(image);
  const last = untagged.slice(untagged.lastIndexOf('/') + 1);
  for (const key of [image, untagged, last]) {
    const mapped = ownEntry(images, key);
    if (mapped !== undefined) return appAt(mapped);
  }
  const sample = ownEntry(samples, untagged);
  if (sample !== undefined) return { folder: join(samplesFolder, sample) };
  const { services, jobs = [], workerPools = [] } = declaration;
  const workloads: readonly Workload[] = [...services, ...jobs, ...workerPools];
  const workload = workloads.find(({ name }) => name === last) ?? workloads.find((one) => one.image === image);
  if (workload === undefined) return undefined;
  const front = ownEntry(fronts, workload.name);
  if (front !== undefined) return { url: front };
  // That of a job is the container's own: it is deployed with it.
  return { folder: workload.source, own: jobs.some((one) => one === workload) ? undefined : workload.command };
}

/** `a/b` of `a/b:tag@sha256:...` */
function withoutTag(image: string): string {
  const [name = ''] = image.split('@', 1);
  const tag = name.lastIndexOf(':');
  return tag > name.lastIndexOf('/') ? name.slice(0, tag) : name;
}

function appAt(mapped: string): App {
  return /^https?:\/\//.test(mapped) ? { url: mapped } : { folder: mapped };
}
