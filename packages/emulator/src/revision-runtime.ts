import { createAdmission } from './gate/admission.ts';
import type { FrontEnd } from './gate/front-end.ts';
import type { Backend } from './gate/pass-on.ts';
import type { ContainerClient } from './gate/upstream/container-client.ts';
import { createHttp1Client } from './gate/upstream/http1-client.ts';
import { createHttp2Client } from './gate/upstream/http2-client.ts';
import type { Principal } from './principal.ts';
import type { RevisionLimits } from './run/front-end-of-service.ts';
import { type Container, type ContainerState, createContainer } from './runtime/container.ts';

/** One revision of a service: its identity, its container, and what stands before it. */
export interface RevisionRuntime {
  readonly name: string;
  readonly principal: Principal;
  readonly backend: Backend;
  /** The container's own address, which goes round the gate, or undefined while none is up. */
  readonly containerUrl: string | undefined;
  readonly state: ContainerState;
  /** The environment that the container was given, besides PORT, PATH and the like. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: RevisionLimits;
  /** The front end is so from now on. */
  reconfigure(frontEnd: FrontEnd): void;
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
  readonly app: { readonly folder: string } | { readonly url: string };
}

export interface RevisionRuntimeOptions {
  readonly service: string;
  readonly plan: RevisionPlan;
  /** The service's settings and this revision's limits. */
  readonly frontEnd: FrontEnd;
  readonly queueWait: number;
  readonly maxHeaderBytes: number;
  /** Milliseconds. */
  readonly startTimeout: number;
  readonly onLog: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly onState: (state: ContainerState) => void;
}

export function createRevisionRuntime(options: RevisionRuntimeOptions): RevisionRuntime {
  const { service, plan, onState } = options;
  const { name, principal, limits, app } = plan;
  const env = { ...plan.env, K_SERVICE: service, K_REVISION: name, K_CONFIGURATION: service };
  const admission = createAdmission(options.queueWait);
  let { frontEnd } = options;
  let containerUrl: string | undefined;
  let client: ContainerClient | undefined;
  let state: ContainerState = 'stopped';
  let container: Container | undefined;

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
    backend: { name: service, frontEnd: () => frontEnd, container: () => client, admission },
    get containerUrl() {
      return containerUrl;
    },
    get state() {
      return state;
    },
    env,
    reconfigure(next) {
      const { http2 } = frontEnd;
      frontEnd = next;
      if (frontEnd.http2 !== http2) pointAt(containerUrl);
    },
    async start() {
      if ('url' in app) {
        pointAt(app.url);
        return become('ready');
      }
      container = createContainer({
        service,
        source: app.folder,
        env,
        startTimeout: options.startTimeout,
        onLog: options.onLog,
        onState(next, containerPort) {
          pointAt(next === 'ready' ? `http://127.0.0.1:${containerPort}` : undefined);
          become(next);
        },
      });
      await container.start();
    },
    async stop() {
      await container?.stop();
      container = undefined;
      pointAt(undefined);
    },
  };
}

function clientFor(address: string, { http2 }: FrontEnd, maxHeaderBytes: number): ContainerClient {
  return http2 ? createHttp2Client(address) : createHttp1Client({ address, maxHeaderBytes });
}
