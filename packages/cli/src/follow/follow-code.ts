import { relative } from 'node:path';
import { imageRepository, printable } from '@run-edges/edges';
import type { Cloud } from '@run-edges/emulator';
import { print, tell } from '../terminal/output.ts';
import type { Deployments } from './deployments.ts';
import type { Following } from './on-file-change.ts';
import { onTreeChange } from './on-tree-change.ts';

export interface FollowCodeOptions {
  readonly cloud: Pick<Cloud, 'declaration' | 'services' | 'project'>;
  readonly deployments: Deployments;
  /** Services that run elsewhere: nothing of them is started here. */
  readonly fronts: Readonly<Record<string, string>>;
  /** What runs in place of images: folders, and addresses of what runs elsewhere. */
  readonly images: Readonly<Record<string, string>>;
}

export interface FollowingCode extends Following {
  /** The declaration is another, or something was deployed: other folders count. */
  refresh(): void;
}

/** Starts a service, or a worker pool, anew when the code in its folder changes; what runs serves until it is up. */
export function followCode(options: FollowCodeOptions): FollowingCode {
  const { deployments } = options;
  const folders = new Map<string, Following>();
  let blind = false;

  function refresh(): void {
    const wanted = new Set(namesByFolder(options).keys());
    for (const [folder, following] of folders) {
      if (wanted.has(folder)) continue;
      following.close();
      folders.delete(folder);
    }
    for (const folder of wanted)
      if (!folders.has(folder))
        folders.set(folder, onTreeChange(folder, { changed: (path) => see(folder, path), blind: tellBlind }));
  }

  function see(folder: string, path: string): void {
    for (const name of namesByFolder(options).get(folder) ?? []) {
      print(`${printable(name)}: ${printable(relative(folder, path))} has changed; starting it anew`);
      void deployments.again(name);
    }
  }

  function tellBlind(folder: string, why: string): void {
    if (blind) return;
    blind = true;
    tell(
      `Changes in ${printable(folder)} are not seen (${why}). Let more folders be watched (sysctl fs.inotify.max_user_watches), or start again after a change.`,
    );
  }

  refresh();
  return {
    refresh,
    close() {
      for (const following of folders.values()) following.close();
    },
  };
}

/** What is started from each folder. What is declared may not have come up; of the rest, what runs is known alone. */
function namesByFolder({ cloud, fronts, images }: FollowCodeOptions): Map<string, string[]> {
  const { declaration, project, services } = cloud;
  const repository = imageRepository(project.id, project.region);
  const declared = [...declaration.services, ...(declaration.workerPools ?? [])];
  const folders = new Map<string, string[]>();
  const add = (name: string, folder: string) => folders.set(folder, [...(folders.get(folder) ?? []), name]);
  for (const { name, source } of declared) {
    const image = [`${repository}/${name}`, name].find((key) => Object.hasOwn(images, key));
    const mapped = image === undefined ? undefined : images[image];
    if (mapped !== undefined ? !isUrl(mapped) : !Object.hasOwn(fronts, name)) add(name, mapped ?? source);
  }
  for (const { name, folder } of services)
    if (folder !== undefined && !declared.some((one) => one.name === name)) add(name, folder);
  return folders;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}
