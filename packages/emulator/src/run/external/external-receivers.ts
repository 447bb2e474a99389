import type { Server } from 'node:http';
import type { Declaration, ExternalReceiver } from '@run-edges/edges';
import type { Iam } from '../../iam/policies/iam.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { close, listen } from '../../internal/listen.ts';
import { createAdmission } from '../gate/admission.ts';
import type { Directory } from '../gate/authorize.ts';
import type { Decisions } from '../gate/decision.ts';
import type { FrontEnd } from '../gate/front-end.ts';
import { createGate, type Gate, type GatedService } from '../gate/gate.ts';
import { rememberedInvokers } from '../gate/remembered-invokers.ts';
import { type GateSettings, resolveGateSettings } from '../gate/settings.ts';
import { createHttp1Client } from '../gate/upstream/http1-client.ts';
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
  readonly gateServer: Server;
  readonly judge: Gate['judge'];
  close(): Promise<void>;
}

export interface ExternalReceivers {
  list(): readonly ExternalRuntime[];
  /** The gate for a name on the networks; undefined where it is none of them. */
  gateOf(host: string): Server | undefined;
  /** Who is declared to call them: no policy of the project. */
  readonly iam: Iam;
  /** Opens the gates. @throws EmulatorError */
  open(): Promise<void>;
  close(): Promise<void>;
}

export interface ExternalReceiversOptions {
  readonly declaration: Declaration;
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
}

const CONCURRENCY = 80;
const MAX_INSTANCES = 100;

/** Receivers that others own, as far as they can be here: a gate for each, and something behind it. */
export function createExternalReceivers(options: ExternalReceiversOptions): ExternalReceivers {
  const { declaration, iam } = options;
  const opened: ExternalRuntime[] = [];
  return {
    list: () => opened,
    gateOf: (host) => opened.find(({ name }) => name === host)?.gateServer,
    iam,
    async open() {
      for (const [index, external] of (declaration.external ?? []).entries())
        opened.push(await openExternal(external, options.port === 0 ? 0 : options.port + index, options));
    },
    async close() {
      await Promise.all(opened.map((one) => one.close()));
    },
  };
}

async function openExternal(
  external: ExternalReceiver,
  gatePort: number,
  options: ExternalReceiversOptions,
): Promise<ExternalRuntime> {
  const { name, audience } = external;
  const { iam, outside, keys, now, directory, decisions, fronts } = options;
  const settings = resolveGateSettings(options.gate);
  const front = Object.hasOwn(fronts, name) ? fronts[name] : undefined;
  const standIn = front === undefined ? await openStandIn(external) : undefined;
  const containerUrl = front ?? standIn?.url ?? '';
  const client = createHttp1Client({ address: containerUrl, maxHeaderBytes: settings.maxHeaderBytes });
  const frontEnd: FrontEnd = {
    ...noSettings,
    customAudiences: [audience],
    http2: false,
    concurrency: CONCURRENCY,
    maxInstances: MAX_INSTANCES,
    requestTimeout: settings.requestTimeout,
  };
  let port = 0;
  const origins: string[] = [];
  const gated: GatedService = {
    name,
    hosts: [],
    frontEnd: () => frontEnd,
    tokenRules: serviceTokenRules({
      name,
      keys,
      now,
      settings,
      frontEnd: () => frontEnd,
      origins,
      ownOrigin: (asked) => outside.originAt(port, asked),
      otherOrigins: () => new Map(),
      audience: () => audience,
    }),
    invokingGrant: rememberedInvokers(iam, name),
    deployed: () => true,
    backend: () => ({
      name,
      frontEnd: () => frontEnd,
      container: () => client,
      coming: () => undefined,
      admission,
    }),
  };
  const admission = createAdmission(settings.queueWait);
  const ownHost = new URL(external.url).hostname;
  const serviceAt = (host: string) => (host === ownHost ? gated : undefined);
  const gate = createGate({ service: gated, serviceAt, directory, decisions, iam, settings });
  outside.guard(gate.server);
  port = await listen(gate.server, outside.host, gatePort, `the gate of ${name}`);
  const url = `http://${outside.authority(port)}`;
  origins.push(url, `http://localhost:${port}`);
  if (options.networkPort !== undefined) origins.push(networkUrl(name, options.networkPort));
  return {
    name,
    url,
    audience,
    standsFor: external.url,
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
