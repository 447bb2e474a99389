import type { Server } from 'node:http';
import type { ListedService } from './api/service-routes.ts';
import type { DecisionLog } from './decisions/decision-log.ts';
import { audienceMistake } from './explain/audience-mistake.ts';
import type { Faults } from './faults/faults.ts';
import { createAdmission } from './gate/admission.ts';
import { acceptsAudience } from './gate/audience.ts';
import type { Directory } from './gate/authorize.ts';
import type { FrontEnd } from './gate/front-end.ts';
import { createGate, type Gate, type GatedService } from './gate/gate.ts';
import { tagOf } from './gate/hosts.ts';
import type { Backend } from './gate/pass-on.ts';
import { rememberedInvokers } from './gate/remembered-invokers.ts';
import { checkFrontEnd, type GateSettings, resolveGateSettings } from './gate/settings.ts';
import { createTokenVerifier } from './gate/verified-tokens.ts';
import type { ResolvedGoogleSettings } from './google-settings.ts';
import type { Iam } from './iam/iam.ts';
import type { ServiceAccount } from './identity/accounts.ts';
import { type Project, runAppHosts } from './identity/project.ts';
import type { Elapsed } from './internal/elapsed.ts';
import { refuseWhenEnding } from './internal/ending.ts';
import { close, listen } from './internal/listen.ts';
import { ownEntry } from './internal/own-entry.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Outside } from './networks/outside.ts';
import type { EmulatorOptions } from './options.ts';
import { createPrincipal, type Principal } from './principal.ts';
import { createRevisionRuntime, type RevisionPlan, type RevisionRuntime } from './revision-runtime.ts';
import { noSettings, type RevisionLimits, revisionLimits, type ServiceSettings } from './run/front-end-of-service.ts';
import { chooseTarget, type Target } from './run/traffic.ts';
import type { ContainerState } from './runtime/container.ts';
import type { Isolation } from './runtime/isolation.ts';

/** One service: its gate, and the revisions behind it. */
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
  /** What the gate would decide about a request with this token from this address. */
  readonly judge: Gate['judge'];
  /** The newest revision, or undefined where the service is not deployed. */
  readonly newest: RevisionRuntime | undefined;
  /** What the service asks of its gate: ingress, tags, audiences, limits. */
  readonly frontEnd: FrontEnd;
  /** Changes what the service asks of its gate, whatever is deployed; the next request meets it. */
  configure(change: Partial<FrontEnd>): void;
  /** The newest container's own address, which goes round the gate, or undefined while none is up. For tests that count what reached it. */
  readonly containerUrl: string | undefined;
  readonly state: ContainerState;
  /** The environment that the newest container was given, besides PORT, PATH and the like. */
  readonly env: Readonly<Record<string, string>>;
  listed(): ListedService;
  /** The metadata server of an account whom revisions of this service run as. @throws EmulatorError */
  principalOf(account: ServiceAccount): Promise<Principal>;
  /** Starts one more revision, which serves once traffic is sent to it. @throws EmulatorError when it does not come up */
  start(plan: RevisionPlan): Promise<void>;
  /** Whether this revision is running. */
  runs(revision: string): boolean;
  /** Where this revision is running it is the newest again; what came after it serves until {@link route} is called. */
  goBack(revision: string): void;
  /** From now on the front end is so, and requests go to these revisions; other revisions are stopped. */
  route(settings: ServiceSettings, targets: readonly Target[]): Promise<void>;
  /** Takes the service away: its gate answers 404, its containers are stopped. */
  withdraw(): Promise<void>;
  /** Stops the containers; the gate goes on answering. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface ServiceRuntimeOptions {
  readonly name: string;
  readonly project: Project;
  /** Aborted when the emulator begins to stop. */
  readonly ending: AbortSignal;
  readonly keys: KeyRing;
  readonly faults: Faults;
  readonly settings: ResolvedGoogleSettings;
  readonly directory: Directory;
  readonly decisions: DecisionLog;
  readonly now: () => number;
  readonly elapsed: Elapsed;
  readonly outside: Outside;
  readonly isolation: Isolation;
  readonly port: number;
  /** Where the first of its metadata servers is; 0 for any free one. */
  readonly metadataPort: number;
  /** The gate's URL on the networks of the services that know it, where there are such. */
  readonly networkUrl: string | undefined;
  readonly iam: Iam;
  readonly serviceAt: (host: string) => GatedService | undefined;
  /** URLs of the other services, by name. */
  readonly otherOrigins: () => ReadonlyMap<string, readonly string[]>;
  readonly gate: GateSettings | undefined;
  readonly scaleToZero: number | undefined;
  readonly onLog: EmulatorOptions['onLog'];
  readonly onState: EmulatorOptions['onState'];
}

export async function createServiceRuntime(setup: ServiceRuntimeOptions): Promise<ServiceRuntime> {
  const { name, project, outside } = setup;
  const hosts = runAppHosts(name, project);
  const origins = hosts.map((one) => `https://${one}`);
  const settings = resolveGateSettings(setup.gate);
  const limits = revisionLimits({ spec: { containers: [] } }, settings);
  let own = noSettings;
  let overrides: Partial<FrontEnd> = ownEntry(settings.services, name) ?? {};
  const frontEndOf = (revision: RevisionLimits): FrontEnd => ({ ...own, ...revision, ...overrides });
  let frontEnd = frontEndOf(limits);

  let port = 0;
  const tokenRules = {
    verifier: createTokenVerifier(setup.keys),
    now: setup.now,
    expiryLeeway: settings.expiryLeeway,
    clockSkew: settings.clockSkew,
    audience: '',
    acceptsAudience(audience: string): boolean {
      if (acceptsAudience(audience, origins, frontEnd.customAudiences, settings.audiencePaths)) return true;
      const here = outside.originAt(port, audience);
      return here !== undefined && acceptsAudience(audience, [here], [], settings.audiencePaths);
    },
    audienceMistake: (audience: string) =>
      audienceMistake(audience, {
        service: name,
        audience: tokenRules.audience,
        origins,
        customAudiences: frontEnd.customAudiences,
        others: setup.otherOrigins(),
      }),
  };

  const revisions = new Map<string, RevisionRuntime>();
  /** By the ids of their accounts. */
  const principals = new Map<string, Promise<Principal>>();
  let newest: RevisionRuntime | undefined;
  let targets: readonly Target[] = [];
  const idle: Backend = {
    name,
    frontEnd: () => frontEnd,
    container: () => undefined,
    coming: () => undefined,
    admission: createAdmission(0),
  };

  const gated: GatedService = {
    name,
    hosts,
    frontEnd: () => frontEnd,
    tokenRules,
    invokingGrant: rememberedInvokers(setup.iam, name),
    deployed: () => newest !== undefined,
    backend(requested) {
      const target = chooseTarget(targets, tagOf(gated, requested));
      return (revisions.get(target?.revision ?? '') ?? newest)?.backend ?? idle;
    },
  };
  const gate = createGate({ ...setup, service: gated, settings });
  outside.guard(gate.server);
  port = await listen(gate.server, outside.host, setup.port, `the gate of ${name}`);
  const url = `http://${outside.authority(port)}`;
  tokenRules.audience = url;
  origins.push(url, `http://localhost:${port}`);
  if (setup.networkUrl !== undefined) origins.push(setup.networkUrl);

  function reconfigure(): void {
    frontEnd = frontEndOf(newest?.limits ?? limits);
    for (const revision of revisions.values()) revision.reconfigure(frontEndOf(revision.limits));
  }

  async function discard(gone: readonly RevisionRuntime[]): Promise<void> {
    for (const revision of gone) revisions.delete(revision.name);
    await Promise.all(gone.map((revision) => revision.stop()));
    // Nobody is them any more.
    const used = new Set([...revisions.values()].map(({ principal }) => principal));
    const unused = new Set(gone.map(({ principal }) => principal)).difference(used);
    await endPrincipals((principal) => unused.has(principal));
  }

  /** Takes their metadata servers away. */
  async function endPrincipals(which: (principal: Principal) => boolean): Promise<void> {
    for (const [id, opening] of principals) {
      const principal = await opening.catch(() => undefined);
      if (principal === undefined || !which(principal)) continue;
      principals.delete(id);
      await principal.close();
    }
  }

  return {
    name,
    url,
    hosts,
    origins,
    gated,
    gateServer: gate.server,
    judge: gate.judge,
    get newest() {
      return newest;
    },
    get frontEnd() {
      return frontEnd;
    },
    configure(change) {
      checkFrontEnd(name, change);
      overrides = { ...overrides, ...change };
      reconfigure();
    },
    get containerUrl() {
      return newest?.containerUrl;
    },
    get state() {
      return newest?.state ?? 'stopped';
    },
    get env() {
      return newest?.env ?? {};
    },
    listed: () => ({
      name,
      serviceAccount: newest?.principal.account.email ?? '',
      url,
      metadataHost: newest?.principal.metadataHost ?? '',
      state: newest?.state ?? 'stopped',
    }),
    async principalOf(account) {
      refuseWhenEnding(setup.ending);
      const known = principals.get(account.uniqueId);
      if (known !== undefined) return known;
      // An account that was made again is another one, which takes the place of that of before.
      await endPrincipals((before) => before.account.email === account.email);
      const ports = (await Promise.all(principals.values())).map(({ metadataHost }) => metadataHost);
      const isFree = !ports.some((host) => host.endsWith(`:${setup.metadataPort}`));
      const made = createPrincipal({
        ...setup,
        accounts: setup.directory.accounts,
        name,
        account,
        port: isFree ? setup.metadataPort : 0,
      });
      principals.set(account.uniqueId, made);
      made.catch(() => principals.delete(account.uniqueId));
      return made;
    },
    async start(plan) {
      refuseWhenEnding(setup.ending);
      const before = newest;
      const revision = createRevisionRuntime({
        service: name,
        plan,
        frontEnd: frontEndOf(plan.limits),
        queueWait: settings.queueWait,
        maxHeaderBytes: settings.maxHeaderBytes,
        scaleToZero: setup.scaleToZero,
        onLog: (line, stream) => setup.onLog?.({ service: name, line, stream }),
        onState: (state) => revision === newest && setup.onState?.({ service: name, state }),
      });
      revisions.set(revision.name, revision);
      newest = revision;
      reconfigure();
      await revision.start().catch(async (error: unknown) => {
        // The revisions that serve already go on.
        if (before !== undefined && newest === revision) {
          newest = before;
          reconfigure();
          await discard([revision]);
        }
        throw error;
      });
      // It was stopped before it was up.
      refuseWhenEnding(setup.ending);
    },
    runs: (revision) => revisions.has(revision),
    goBack(revision) {
      newest = revisions.get(revision) ?? newest;
      reconfigure();
    },
    async route(next, to) {
      own = next;
      targets = to;
      reconfigure();
      await discard(
        [...revisions.values()].filter((one) => one !== newest && !to.some(({ revision }) => revision === one.name)),
      );
    },
    async withdraw() {
      newest = undefined;
      targets = [];
      own = noSettings;
      reconfigure();
      await discard([...revisions.values()]);
    },
    async stop() {
      await Promise.all([...revisions.values()].map((revision) => revision.stop()));
    },
    async close() {
      gate.cut();
      await Promise.all([close(gate.server), ...[...principals.values()].map(async (one) => (await one).close())]);
    },
  };
}
