import { type Admission, createAdmission } from '../gate/admission.ts';
import type { FrontEnd } from '../gate/front-end.ts';
import type { Backend } from '../gate/pass-on.ts';
import type { ContainerClient } from '../gate/upstream/container-client.ts';
import { createContainerClient } from '../gate/upstream/create-container-client.ts';
import type { ContainerState } from '../runtime/container.ts';
import { createInstance, type Instance } from '../runtime/instance.ts';
import type { Probes } from '../runtime/probe.ts';
import type { StartProcess } from '../runtime/process-group.ts';
import type { Entrypoint } from '../runtime/start-command.ts';
import type { RevisionLimits } from './front-end-of-service.ts';
import type { Principal } from './principal.ts';

/** One revision of a service: its identity, its container, and what stands before it. */
export interface RevisionRuntime {
  readonly name: string;
  readonly principal: Principal;
  readonly backend: Backend;
  /** The container's own address, which goes round the gate, or undefined while none is up. */
  readonly containerUrl: string | undefined;
  /** The folder of the app that is started; undefined where it runs elsewhere. */
  readonly folder: string | undefined;
  readonly state: ContainerState;
  /** The environment that the container was given, besides PORT, PATH and the like. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: RevisionLimits;
  /** The front end is so from now on. */
  reconfigure(frontEnd: FrontEnd): void;
  /** Resolves when no request is under way; undefined where that is so already. */
  whenIdle(): Promise<void> | undefined;
  /** @throws EmulatorError when the container does not come up */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What runs as a revision. */
export interface RevisionPlan {
  /** For example `search-00001-xyz`. */
  readonly name: string;
  readonly principal: Principal;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: RevisionLimits;
  /** Folder of an app that is started, or the address of one that already runs. */
  readonly app: StartedApp | { readonly url: string };
  /** What is told in the log when it is started: what is asked of it, and not done here. */
  readonly notes: readonly string[];
}

/** An app that is started from its folder. */
export interface StartedApp extends Entrypoint {
  readonly folder: string;
  readonly startProcess: StartProcess;
  readonly probes: Probes;
  /** Whether its startup probe decides on the deployment; else the first request starts it. */
  readonly checkedAtDeploy: boolean;
}

export interface RevisionRuntimeOptions {
  /** As this machine tells it from others. */
  readonly service: string;
  /** As it was deployed. */
  readonly called: string;
  readonly plan: RevisionPlan;
  /** The service's settings and this revision's limits. */
  readonly frontEnd: FrontEnd;
  readonly queueWait: number;
  readonly maxHeaderBytes: number;
  /** Milliseconds without a request until a container that need not be there is stopped; undefined: never. */
  readonly scaleToZero: number | undefined;
  readonly onLog: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly onState: (state: ContainerState) => void;
}

export function createRevisionRuntime(options: RevisionRuntimeOptions): RevisionRuntime {
  const { service, called, plan, onState } = options;
  const { name, principal, limits, app } = plan;
  const env = { ...plan.env, K_SERVICE: called, K_REVISION: name, K_CONFIGURATION: called };
  const admission = createAdmission(options.queueWait);
  let { frontEnd } = options;
  let containerUrl: string | undefined;
  let client: ContainerClient | undefined;
  let state: ContainerState = 'stopped';
  let instance: Instance | undefined;

  const pointAt = (address: string | undefined) => {
    client?.close();
    containerUrl = address;
    client = address === undefined ? undefined : clientFor(address, frontEnd, options.maxHeaderBytes);
  };
  const become = (next: ContainerState) => {
    state = next;
    onState(state);
  };

  return {
    name,
    principal,
    limits,
    backend: {
      name: service,
      frontEnd: () => frontEnd,
      container: () => client,
      coming: () => instance?.coming(),
      admission: 'url' in app ? admission : occupying(admission, () => instance?.occupy()),
    },
    get containerUrl() {
      return containerUrl;
    },
    folder: 'url' in plan.app ? undefined : plan.app.folder,
    get state() {
      return state;
    },
    env,
    whenIdle: admission.whenIdle,
    reconfigure(next) {
      const { http2 } = frontEnd;
      frontEnd = next;
      if (frontEnd.http2 !== http2) pointAt(containerUrl);
    },
    async start() {
      for (const note of plan.notes) options.onLog(note, 'stderr');
      if ('url' in app) {
        pointAt(app.url);
        return become('ready');
      }
      instance = createInstance({
        ...app,
        service,
        source: app.folder,
        env,
        startsAtOnce: app.checkedAtDeploy || limits.minInstances > 0,
        scaleToZero: limits.minInstances > 0 ? undefined : options.scaleToZero,
        queueWait: options.queueWait,
        onLog: options.onLog,
        onState(next, containerPort) {
          pointAt(next === 'ready' ? `http://127.0.0.1:${containerPort}` : undefined);
          become(next);
        },
      });
      await instance.start();
    },
    async stop() {
      await instance?.stop();
      instance = undefined;
      pointAt(undefined);
    },
  };
}

/** Who has a place, or waits for one, keeps the container up. */
function occupying(admission: Admission, occupy: () => (() => void) | undefined): Admission {
  return {
    enter(capacity) {
      const leave = admission.enter(capacity);
      return leave && both(leave, occupy());
    },
    wait(capacity, decided) {
      // Who waits keeps it up, too.
      const free = occupy();
      return both(admission.wait(capacity, decided), free);
    },
    whenIdle: admission.whenIdle,
  };
}

function both(leave: () => void, free: (() => void) | undefined): () => void {
  return () => {
    leave();
    free?.();
  };
}

function clientFor(address: string, { http2 }: FrontEnd, maxHeaderBytes: number): ContainerClient {
  return createContainerClient({ address, http2, maxHeaderBytes });
}
