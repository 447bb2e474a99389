import type { Declaration, ExternalReceiver } from '@run-edges/edges';
import { externalPolicies } from '../../iam/policies/external-iam.ts';
import { followDeclared } from '../../iam/policies/follow-declared.ts';
import type { Iam } from '../../iam/policies/iam.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import type { Project } from '../../identity/project.ts';
import { derived } from '../../internal/derived.ts';
import { refuseWhenEnding } from '../../internal/ending.ts';
import { close, listen } from '../../internal/listen.ts';
import { createAdmission } from '../gate/admission.ts';
import type { Directory } from '../gate/authorize.ts';
import type { Decisions } from '../gate/decision.ts';
import type { FrontEnd } from '../gate/front-end.ts';
import { createGate, type Gate, type GatedService } from '../gate/gate.ts';
import type { TwoProtocolServer } from '../gate/http2/two-protocol-server.ts';
import { rememberedInvokers } from '../gate/remembered-invokers.ts';
import { type GateSettings, resolveGateSettings } from '../gate/settings.ts';
import { createContainerClient } from '../gate/upstream/create-container-client.ts';
import { networkUrl } from '../networks/network-url.ts';
import type { Outside } from '../networks/outside.ts';
import { noSettings } from '../revisions/front-end-of-service.ts';
import { serviceTokenRules } from '../revisions/service-token-rules.ts';
import { openStandIn } from './stand-in.ts';

/** What is said of a receiver that others own. */
export interface ListedExternal {
  readonly name: string;
  /** Where callers reach it here: a gate that lets in who is declared. */
  readonly url: string;
  /** What ID tokens for it are for. The gate's URL is taken, too. */
  readonly audience: string;
  /** Its own URL. */
  readonly standsFor: string;
  /** What answers behind the gate: one that says who it is, or what the user has named. */
  readonly by: 'stand-in' | 'front';
}

export interface ExternalRuntime extends ListedExternal {
  /** Where what answers is, round the gate. For tests that count what reached it. */
  readonly containerUrl: string;
  readonly gateServer: TwoProtocolServer;
  readonly judge: Gate['judge'];
  close(): Promise<void>;
}

export interface ExternalReceivers {
  list(): readonly ExternalRuntime[];
  /** The gate for a name on the networks; undefined where it is none of them. */
  gateOf(host: string): TwoProtocolServer | undefined;
  /** Who is declared to call them: no policy of the project. */
  readonly iam: Iam;
  /** Opens the gates of those that have none yet. @throws EmulatorError */
  open(): Promise<void>;
  /** Another declaration took the place of this one. @throws EmulatorError */
  follow(before: Declaration): Promise<readonly []>;
  close(): Promise<void>;
}

export interface ExternalReceiversOptions {
  readonly declaration: () => Declaration;
  readonly project: Project;
  readonly iam: Iam;
  readonly keys: KeyRing;
  readonly directory: Directory;
  readonly decisions: Decisions;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly outside: Outside;
  /** Port of the first one's gate; 0: free ones. */
  readonly port: number;
  /** Port of the networks' face, where there are networks. */
  readonly networkPort: number | undefined;
  readonly fronts: Readonly<Record<string, string>>;
  readonly gate: GateSettings | undefined;
  /** Their gates let everybody through, and say what they would have done. */
  readonly learning: boolean;
  /** Aborted when the emulator begins to stop. */
  readonly ending: AbortSignal;
}

const CONCURRENCY = 80;
const MAX_INSTANCES = 100;

/** Receivers that others own, as far as they can be here: a gate for each, and something behind it. */
export function createExternalReceivers(options: ExternalReceiversOptions): ExternalReceivers {
  const { declaration, iam, port, project, ending } = options;
  const all = derived(declaration, ({ external = [] }) => external);
  const first = all().length;
  /** A gate stays once it is there: who is declared again is where it was. */
  const opened = new Map<string, ExternalRuntime>();
  let opening: Promise<void> = Promise.resolve();
  const list = () => all().flatMap(({ name }) => opened.get(name) ?? []);
  return { list, gateOf: (host) => list().find(({ name }) => name === host)?.gateServer, iam, open, follow, close };

  function open(): Promise<void> {
    opening = openMissing();
    return opening;
  }

  async function openMissing(): Promise<void> {
    for (const external of all()) {
      if (opened.has(external.name)) continue;
      refuseWhenEnding(ending);
      let latest = external;
      const now = () => {
        latest = all().find(({ name }) => name === external.name) ?? latest;
        return latest;
      };
      const declared = () => all().some(({ name }) => name === external.name);
      // The ports behind those of the start may be a service's by now.
      const gatePort = port === 0 || opened.size >= first ? 0 : port + opened.size;
      opened.set(external.name, await openExternal({ name: external.name, now, declared }, gatePort, options));
    }
  }

  async function follow(before: Declaration): Promise<readonly []> {
    followDeclared(iam.policies, externalPolicies(before, project), externalPolicies(declaration(), project));
    await open();
    return [];
  }

  async function close(): Promise<void> {
    // What is being opened as all ends would stay open.
    await opening.catch(() => undefined);
    await Promise.all([...opened.values()].map((one) => one.close()));
  }
}

interface Followed {
  readonly name: string;
  /** As it is declared, or was at last. */
  readonly now: () => ExternalReceiver;
  readonly declared: () => boolean;
}

async function openExternal(
  { name, now: external, declared }: Followed,
  gatePort: number,
  options: ExternalReceiversOptions,
): Promise<ExternalRuntime> {
  const { iam, outside, keys, now, directory, decisions, fronts } = options;
  const settings = resolveGateSettings(options.gate);
  const front = Object.hasOwn(fronts, name) ? fronts[name] : undefined;
  const standIn = front === undefined ? await openStandIn(name, () => external().url) : undefined;
  const containerUrl = front ?? standIn?.url ?? '';
  const client = createContainerClient({
    address: containerUrl,
    http2: false,
    maxHeaderBytes: settings.maxHeaderBytes,
  });
  const frontEnd = derived(
    external,
    ({ audience }): FrontEnd => ({
      ...noSettings,
      customAudiences: [audience],
      http2: false,
      concurrency: CONCURRENCY,
      maxInstances: MAX_INSTANCES,
      requestTimeout: settings.requestTimeout,
    }),
  );
  let port = 0;
  const origins: string[] = [];
  const gated: GatedService = {
    name,
    hosts: [],
    frontEnd,
    tokenRules: serviceTokenRules({
      name,
      keys,
      now,
      settings,
      frontEnd,
      origins: () => origins,
      ownOrigin: (asked) => outside.originAt(port, asked),
      otherOrigins: () => new Map(),
      audience: () => external().audience,
    }),
    invokingGrant: rememberedInvokers(iam, name),
    deployed: declared,
    backend: () => ({
      name,
      frontEnd,
      container: () => client,
      coming: () => undefined,
      admission,
    }),
  };
  const admission = createAdmission(settings.queueWait);
  const ownHost = derived(external, ({ url }) => new URL(url).hostname);
  const serviceAt = (host: string) => (host === ownHost() ? gated : undefined);
  const gate = createGate({
    service: gated,
    serviceAt,
    directory,
    decisions,
    iam,
    settings,
    learning: options.learning,
  });
  outside.guard(gate.server);
  port = await listen(gate.server, outside.host, gatePort, `the gate of ${name}`);
  const url = `http://${outside.authority(port)}`;
  origins.push(url, `http://localhost:${port}`);
  if (options.networkPort !== undefined) origins.push(networkUrl(name, options.networkPort));
  return {
    name,
    url,
    get audience() {
      return external().audience;
    },
    get standsFor() {
      return external().url;
    },
    by: front === undefined ? 'stand-in' : 'front',
    containerUrl,
    gateServer: gate.server,
    judge: gate.judge,
    async close() {
      gate.cut();
      client.close();
      await Promise.all([close(gate.server), ...(standIn === undefined ? [] : [close(standIn.server)])]);
    },
  };
}
