import { existsSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { EmulatorError } from '../../internal/errors.ts';
import { findHolders, ownNamespace } from './connection-holders.ts';
import { hiddenPlaces, holds } from './hidden-places.ts';
import { inNamespaces, SYSTEM_PATH } from './namespaces.ts';
import { type ProcessGroup, type StartProcess, startProcessGroup } from './process-group.ts';

/** Whether services are kept apart from each other and from the developer: where the machine can, or not at all. */
export type IsolationSetting = 'auto' | 'none';

/** Who processes are started as. Compared by reference: a service has one for each account that it runs as. */
export interface Identity {
  readonly name: string;
}

/** The folders of an app. */
export interface AppFolders {
  readonly source: string;
  /** Where all services keep their state, each in a folder of its own. */
  readonly state: string;
  readonly own: string;
}

/** Somebody who asks for an identity that is not theirs. */
export interface Impostor {
  /** A service's name, or what is known of it. */
  readonly caller: string;
  readonly mend: string;
}

export interface Isolation {
  /** Whether services are kept apart. */
  readonly apart: boolean;
  /** In one line: what keeps them apart, or why nothing does. */
  readonly says: string;
  /** How the processes of an identity are started. @throws EmulatorError STATE_EXPOSED */
  starterFor(identity: Identity, folders: AppFolders): StartProcess;
  /** Who holds the other end of a connection, where that is neither this identity nor the developer. */
  impostorAt(socket: Socket, identity: Identity): Impostor | undefined;
}

/** Tries what this machine allows. */
export async function findIsolation(setting: IsolationSetting): Promise<Isolation> {
  if (setting === 'none') return noIsolation('as --isolation none wants it');
  if (process.platform !== 'linux') return noIsolation(`${process.platform} has no namespaces`);
  const unshare = SYSTEM_PATH.split(':')
    .map((folder) => join(folder, 'unshare'))
    .find((file) => existsSync(file));
  if (unshare === undefined) return noIsolation('there is no unshare, which util-linux has');
  const hidden = hiddenPlaces();
  const problem = await whyNot(unshare, hidden);
  return problem === undefined ? namespaces(unshare, hidden) : noIsolation(problem);
}

/** One service may be another, and the developer. @param why as in "not kept apart: ..." */
function noIsolation(why: string): Isolation {
  return {
    apart: false,
    says: `The services are not kept apart (${why}): each could read the developer's token, or be another. In containers they are: docker compose up`,
    starterFor: () => startProcessGroup,
    impostorAt: () => undefined,
  };
}

function namespaces(unshare: string, hidden: readonly string[]): Isolation {
  const running = new Map<Identity, Set<ProcessGroup>>();
  const started = (identity: Identity, group: ProcessGroup) => {
    const groups = running.get(identity) ?? new Set();
    running.set(identity, groups.add(group));
    void group.ended.then(() => groups.delete(group));
    return group;
  };
  /** What was found at a connection when it was asked about first: whoever lets it go opens another. */
  const known = new WeakMap<Socket, { readonly identity: Identity; readonly impostor: Impostor | undefined }>();

  return {
    apart: true,
    says: 'The services are kept apart: each has namespaces of its own, is known by its process, and sees no credentials but its own.',
    starterFor(identity, { source, state, own }) {
      if (holds(state, source)) throw stateExposed(identity, state, source);
      const places = [...hidden.filter((place) => !holds(place, source)), state];
      return (command, options) =>
        started(
          identity,
          startProcessGroup(command, {
            ...options,
            wrap: (parts) => inNamespaces(unshare, { own, hidden: places }, parts),
          }),
        );
    },
    impostorAt(socket, identity) {
      // While no service was started there is nobody to be told apart.
      if (running.size === 0) return undefined;
      const found = known.get(socket);
      if (found?.identity === identity) return found.impostor;
      const impostor = impostorAt(socket, identity, running);
      known.set(socket, { identity, impostor });
      return impostor;
    },
  };
}

function impostorAt(
  socket: Socket,
  identity: Identity,
  running: ReadonlyMap<Identity, ReadonlySet<ProcessGroup>>,
): Impostor | undefined {
  const its = namespacesOf(running.get(identity));
  const holders = findHolders(socket, its);
  if (holders === 'elsewhere') return undefined;
  const own = [ownNamespace(), ...its];
  if (holders.length > 0 && holders.every((holder) => own.includes(holder))) return undefined;
  const [other] = [...running].find(([, groups]) => namespacesOf(groups).some((one) => holders.includes(one))) ?? [];
  if (other !== undefined)
    return {
      caller: other.name,
      mend: `${other.name} is itself at its own metadata server, which GCE_METADATA_HOST names`,
    };
  return {
    caller: 'unknown',
    mend: 'It is a process of another user, in a container, or in namespaces that a service made: let it run as you do, or start with --isolation none',
  };
}

/** The PID namespaces that these processes run in: each was made for their children by the one that was started. */
function namespacesOf(groups: ReadonlySet<ProcessGroup> = new Set()): string[] {
  return [...groups].flatMap(({ child }) => {
    try {
      const found = readlinkSync(`/proc/${child.pid}/ns/pid_for_children`);
      return found === ownNamespace() ? [] : [found];
    } catch {
      return [];
    }
  });
}

/** What was found out, by what would be hidden: the machine stays as it is while this process lives. */
const tried = new Map<string, Promise<string | undefined>>();

function whyNot(unshare: string, hidden: readonly string[]): Promise<string | undefined> {
  const key = hidden.join('\n');
  const known = tried.get(key) ?? tryNamespaces(unshare, hidden);
  tried.set(key, known);
  return known;
}

/** Why namespaces cannot be had here; undefined where they can. The signal is to end neither the shell nor what is around it. */
async function tryNamespaces(unshare: string, hidden: readonly string[]): Promise<string | undefined> {
  const own = tmpdir();
  const { child, ended } = startProcessGroup('kill -TERM 0; exit 42', {
    cwd: '/',
    env: { PATH: SYSTEM_PATH },
    wrap: (parts) => inNamespaces(unshare, { own, hidden }, parts),
  });
  const said = child.stderr === null ? '' : await text(child.stderr);
  const code = await ended;
  if (code === 42) return undefined;
  // mount(8) adds where to look for more.
  return said.trim().split('\n')[0] || `unshare ended with ${code}`;
}

function stateExposed({ name }: Identity, state: string, source: string): EmulatorError {
  return new EmulatorError(
    'STATE_EXPOSED',
    `The state folder ${state} holds ${source}, so the keys in it cannot be hidden from ${name}.`,
    'Name a folder that holds no source with --state, or start with --isolation none.',
  );
}
