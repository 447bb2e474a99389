import type { Server } from 'node:http';
import type { Service } from '@run-edges/edges';
import type { ListedService } from './api/service-routes.ts';
import type { DecisionLog } from './decisions/decision-log.ts';
import { audienceMistake } from './explain/audience-mistake.ts';
import { createAdmission } from './gate/admission.ts';
import { acceptsAudience } from './gate/audience.ts';
import type { Directory } from './gate/authorize.ts';
import { type FrontEnd, frontEndOf } from './gate/front-end.ts';
import { createGate, type GatedService } from './gate/gate.ts';
import { rememberedInvokers } from './gate/remembered-invokers.ts';
import { type GateSettings, resolveGateSettings } from './gate/settings.ts';
import type { ContainerClient } from './gate/upstream/container-client.ts';
import { createHttp1Client } from './gate/upstream/http1-client.ts';
import { createHttp2Client } from './gate/upstream/http2-client.ts';
import { createTokenVerifier } from './gate/verified-tokens.ts';
import type { Iam } from './iam/iam.ts';
import { type Project, runAppHosts } from './identity/project.ts';
import { close, listen } from './internal/listen.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Outside } from './networks/outside.ts';
import type { EmulatorOptions } from './options.ts';
import type { Principal } from './principal.ts';
import { type Container, type ContainerState, createContainer } from './runtime/container.ts';

/** One service: its gate, and the container behind it. */
export interface ServiceRuntime {
  readonly name: string;
  /** The gate's address: what callers are told. */
  readonly url: string;
  /** Every URL that is an audience of the service: its run.app ones and its gate's. */
  readonly origins: readonly string[];
  /** `run.app` host names: the deterministic one and the one with the hash. */
  readonly hosts: readonly [string, string];
  readonly gated: GatedService;
  readonly gateServer: Server;
  /** What the service asks of its gate: ingress, tags, audiences, limits. */
  readonly frontEnd: FrontEnd;
  /** Changes what the service asks of its gate; the next request meets it. */
  configure(change: Partial<FrontEnd>): void;
  /** The container's own address, which goes round the gate, or undefined while none is up. For tests that count what reached it. */
  readonly containerUrl: string | undefined;
  readonly state: ContainerState;
  /** The environment that the container was given, besides PORT, PATH and the like. */
  readonly env: Readonly<Record<string, string>>;
  listed(): ListedService;
  start(options: EmulatorOptions, env: Readonly<Record<string, string>>): Promise<void>;
  /** Stops the container; the gate goes on answering. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface ServiceRuntimeOptions {
  readonly service: Service;
  readonly principal: Principal;
  readonly project: Project;
  readonly keys: KeyRing;
  readonly directory: Directory;
  readonly decisions: DecisionLog;
  readonly now: () => number;
  readonly outside: Outside;
  readonly port: number;
  /** The gate's URL on the networks of the services that know it, where there are such. */
  readonly networkUrl: string | undefined;
  readonly iam: Iam;
  readonly serviceAt: (host: string) => GatedService | undefined;
  /** URLs of the other services, by name. */
  readonly otherOrigins: () => ReadonlyMap<string, readonly string[]>;
  readonly gate: GateSettings | undefined;
}

const START_TIMEOUT_MS = 240_000;

export async function createServiceRuntime(setup: ServiceRuntimeOptions): Promise<ServiceRuntime> {
  const { service, principal, project, outside } = setup;
  const { name } = service;
  const hosts = runAppHosts(name, project);
  const origins = hosts.map((one) => `https://${one}`);
  const settings = resolveGateSettings(setup.gate);
  let frontEnd = frontEndOf(service, settings);
  const tokenRules = {
    verifier: createTokenVerifier(setup.keys),
    now: setup.now,
    expiryLeeway: settings.expiryLeeway,
    clockSkew: settings.clockSkew,
    audience: '',
    acceptsAudience: (audience: string) => acceptsAudience(audience, origins, frontEnd.customAudiences),
    audienceMistake: (audience: string) =>
      audienceMistake(audience, {
        service: name,
        audience: tokenRules.audience,
        origins,
        customAudiences: frontEnd.customAudiences,
        others: setup.otherOrigins(),
      }),
  };
  let containerUrl: string | undefined;
  let client: ContainerClient | undefined;
  let state: ContainerState = 'stopped';
  let container: Container | undefined;
  let given: Readonly<Record<string, string>> = {};

  const gated: GatedService = {
    name,
    hosts,
    frontEnd: () => frontEnd,
    tokenRules,
    invokingMember: rememberedInvokers(setup.iam, name),
    container: () => client,
    admission: createAdmission(settings.queueWait),
  };
  const gate = createGate({ ...setup, service: gated, settings });
  outside.guard(gate.server);
  const port = await listen(gate.server, outside.host, setup.port, `the gate of ${name}`);
  const url = `http://${outside.authority(port)}`;
  tokenRules.audience = url;
  origins.push(url, `http://localhost:${port}`);
  if (setup.networkUrl !== undefined) origins.push(setup.networkUrl);

  const pointAt = (address: string | undefined) => {
    client?.close();
    containerUrl = address;
    client = address === undefined ? undefined : clientFor(address, frontEnd, settings.maxHeaderBytes);
  };

  return {
    name,
    url,
    hosts,
    origins,
    gated,
    gateServer: gate.server,
    get frontEnd() {
      return frontEnd;
    },
    configure(change) {
      const { http2 } = frontEnd;
      frontEnd = { ...frontEnd, ...change };
      if (frontEnd.http2 !== http2) pointAt(containerUrl);
    },
    get containerUrl() {
      return containerUrl;
    },
    get state() {
      return state;
    },
    get env() {
      return given;
    },
    listed: () => ({ name, serviceAccount: principal.account.email, url, metadataHost: principal.metadataHost, state }),
    async start(options, env) {
      const front = options.fronts?.[name];
      const become = (next: ContainerState) => {
        state = next;
        options.onState?.({ service: name, state });
      };
      if (front !== undefined) {
        pointAt(front);
        return become('ready');
      }
      given = { ...env, K_SERVICE: name, K_REVISION: `${name}-00001-run`, K_CONFIGURATION: name };
      container = createContainer({
        service: name,
        source: service.source,
        env: given,
        startTimeout: options.startTimeout ?? START_TIMEOUT_MS,
        onLog: (line, stream) => options.onLog?.({ service: name, line, stream }),
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
    close() {
      gate.cut();
      return close(gate.server);
    },
  };
}

function clientFor(address: string, { http2 }: FrontEnd, maxHeaderBytes: number): ContainerClient {
  return http2 ? createHttp2Client(address) : createHttp1Client({ address, maxHeaderBytes });
}
