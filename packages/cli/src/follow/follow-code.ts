import { relative } from 'node:path';
import { type Declaration, printable } from '@run-edges/edges';
import type { Cloud } from '@run-edges/emulator';
import { print, tell } from '../terminal/output.ts';
import type { Deployments } from './deployments.ts';
import type { Following } from './on-file-change.ts';
import { onTreeChange } from './on-tree-change.ts';

export interface FollowCodeOptions {
  readonly cloud: Pick<Cloud, 'declaration'>;
  readonly deployments: Deployments;
  /** Services that run elsewhere: nothing of them is started here. */
  readonly fronts: Readonly<Record<string, string>>;
}

export interface FollowingCode extends Following {
  /** The declaration is another: other folders count. */
  refresh(): void;
}

/** Starts a service, or a worker pool, anew when the code in its folder changes; what runs serves until it is up. */
export function followCode({ cloud, deployments, fronts }: FollowCodeOptions): FollowingCode {
  const folders = new Map<string, Following>();
  let blind = false;

  function refresh(): void {
    const wanted = new Set(namesByFolder(cloud.declaration, fronts).keys());
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
    for (const name of namesByFolder(cloud.declaration, fronts).get(folder) ?? []) {
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

/** What is started from each folder. */
function namesByFolder(declaration: Declaration, fronts: FollowCodeOptions['fronts']): Map<string, string[]> {
  const started = [...declaration.services, ...(declaration.workerPools ?? [])];
  const here = started.filter(({ name }) => !Object.hasOwn(fronts, name));
  const folders = new Map<string, string[]>();
  for (const { name, source } of here) folders.set(source, [...(folders.get(source) ?? []), name]);
  return folders;
}
