import type { Iam } from '../../iam/policies/iam.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { type Project, runAppHosts } from '../../identity/project.ts';
import { placeOfName } from '../../identity/regions.ts';
import { derived } from '../../internal/derived.ts';
import { refuseWhenEnding } from '../../internal/ending.ts';
import { EmulatorError } from '../../internal/errors.ts';
import { close, listen } from '../../internal/listen.ts';
import { ownEntry } from '../../internal/own-entry.ts';
import { createAdmission } from '../gate/admission.ts';
import type { Directory } from '../gate/authorize.ts';
import type { Decisions } from '../gate/decision.ts';
import type { FrontEnd } from '../gate/front-end.ts';
import { createGate, type GatedService } from '../gate/gate.ts';
import { tagOf } from '../gate/hosts.ts';
import type { Backend } from '../gate/pass-on.ts';
import { rememberedInvokers } from '../gate/remembered-invokers.ts';
import { checkFrontEnd, type GateSettings, resolveGateSettings } from '../gate/settings.ts';
import type { Outside } from '../networks/outside.ts';
import type { ContainerState } from '../runtime/container.ts';
import { noSettings, type RevisionLimits, revisionLimits } from './front-end-of-service.ts';
import type { OpenPrincipal } from './principal.ts';
import { createRevisionRuntime, type RevisionRuntime } from './revision-runtime.ts';
import { createServicePrincipals } from './service-principals.ts';
import type { ServiceRuntime } from './service-runtime.ts';
import { serviceTokenRules } from './service-token-rules.ts';
import { chooseTarget, type Target } from './traffic.ts';

/** A line that a container wrote. */
export interface LogLine {
  readonly service: string;
  readonly line: string;
  readonly stream: 'stdout' | 'stderr';
}

export interface StateChange {
  readonly service: string;
  readonly state: ContainerState;
}

export interface ServiceRuntimeOptions {
  /** Outside the project's own region `REGION/NAME`. */
  readonly name: string;
  /** Other regions that its gate answers for, too. */
  readonly alsoIn: () => readonly string[];
  readonly project: Project;
  /** Aborted when the emulator begins to stop. */
  readonly ending: AbortSignal;
  readonly keys: KeyRing;
  readonly iam: Iam;
  readonly directory: Directory;
  readonly decisions: Decisions;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly outside: Outside;
  readonly port: number;
  /** Where the first of its metadata servers is; 0 for any free one. */
  readonly metadataPort: number;
  readonly openPrincipal: OpenPrincipal;
  /** Whether programs are told its production address. */
  readonly production: boolean;
  /** The gate's URL on the networks of the services that know it, where there are such. */
  readonly networkUrl: string | undefined;
  readonly serviceAt: (host: string) => GatedService | undefined;
  /** URLs of the other services, by name. */
  readonly otherOrigins: () => ReadonlyMap<string, readonly string[]>;
  readonly gate: GateSettings | undefined;
  /** Its gate lets everybody through, and says what it would have done. */
  readonly learning: boolean;
  readonly scaleToZero: number | undefined;
  readonly onLog: ((line: LogLine) => void) | undefined;
  readonly onState: ((change: StateChange) => void) | undefined;
}

export async function createServiceRuntime(setup: ServiceRuntimeOptions): Promise<ServiceRuntime> {
  const { name, project, outside } = setup;
  const place = placeOfName(name, project);
  const hosts = runAppHosts(place.name, place.project);
  const everywhere = derived(setup.alsoIn, (regions) => [
    ...hosts,
    ...regions.flatMap((region) => runAppHosts(place.name, { ...project, region })),
  ]);
  /** Those of its gate. */
  const here: string[] = [];
  const origins = derived(everywhere, (all) => [...all.map((one) => `https://${one}`), ...here]);
  const settings = resolveGateSettings(setup.gate);
  const limits = revisionLimits({ spec: { containers: [] } }, settings);
  let own = noSettings;
  let overrides: Partial<FrontEnd> = ownEntry(settings.services, name) ?? {};
  const frontEndOf = (revision: RevisionLimits): FrontEnd => ({ ...own, ...revision, ...overrides });
  let frontEnd = frontEndOf(limits);

  let port = 0;
  let url = '';
  let toldUrl = '';
  const tokenRules = serviceTokenRules({
    name,
    keys: setup.keys,
    now: setup.now,
    settings,
    frontEnd: () => frontEnd,
    origins,
    ownOrigin: (audience) => outside.originAt(port, audience),
    otherOrigins: setup.otherOrigins,
    audience: () => toldUrl,
  });

  const revisions = new Map<string, RevisionRuntime>();
  /** Those that serve no more, but for what is under way at them. */
  const leaving = new Set<RevisionRuntime>();
  const principals = createServicePrincipals({ name, port: setup.metadataPort, open: setup.openPrincipal });
  let newest: RevisionRuntime | undefined;
  let giveUp: () => void = () => undefined;
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
    get hosts() {
      return everywhere();
    },
    frontEnd: () => frontEnd,
    tokenRules,
    invokingGrant: rememberedInvokers(setup.iam, name),
    deployed: () => newest !== undefined,
    backend(requested) {
      const target = chooseTarget(targets, tagOf(gated, requested));
      return (revisions.get(target?.revision ?? '') ?? newest)?.backend ?? idle;
    },
  };
  const gate = createGate({
    service: gated,
    serviceAt: setup.serviceAt,
    directory: setup.directory,
    decisions: setup.decisions,
    iam: setup.iam,
    settings,
    learning: setup.learning,
  });
  outside.guard(gate.server);
  port = await listen(gate.server, outside.host, setup.port, `the gate of ${name}`);
  url = `http://${outside.authority(port)}`;
  toldUrl = setup.production ? `https://${hosts[0]}` : url;
  here.push(url, `http://localhost:${port}`);
  if (setup.networkUrl !== undefined) here.push(setup.networkUrl);

  function reconfigure(): void {
    frontEnd = frontEndOf(newest?.limits ?? limits);
    for (const revision of revisions.values()) revision.reconfigure(frontEndOf(revision.limits));
  }

  /** Stops what serves no more: at once, or when what is under way at it has ended, which is not waited for. */
  async function discard(gone: readonly RevisionRuntime[]): Promise<void> {
    for (const revision of gone) revisions.delete(revision.name);
    const busy = gone.filter((revision) => revision.whenIdle() !== undefined);
    for (const revision of busy) {
      leaving.add(revision);
      void revision.whenIdle()?.then(() => end([revision]));
    }
    await end(gone.filter((revision) => !leaving.has(revision)));
  }

  async function end(gone: readonly RevisionRuntime[]): Promise<void> {
    await Promise.all(gone.map((revision) => revision.stop()));
    for (const revision of gone) leaving.delete(revision);
    // Nobody is them any more.
    const used = new Set([...revisions.values(), ...leaving].map(({ principal }) => principal));
    const unused = new Set(gone.map(({ principal }) => principal)).difference(used);
    await principals.end((principal) => unused.has(principal));
  }

  return {
    name,
    url,
    toldUrl,
    hosts,
    get origins() {
      return origins();
    },
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
    get folder() {
      return newest?.folder;
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
      return principals.of(account);
    },
    async start(plan) {
      refuseWhenEnding(setup.ending);
      const before = newest;
      const revision = createRevisionRuntime({
        service: name,
        called: place.name,
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
      const { promise: superseded, reject } = Promise.withResolvers<never>();
      giveUp = () => reject(supersededRevision(revision.name));
      await Promise.race([revision.start(), superseded]).catch(async (error: unknown) => {
        // The revisions that serve already go on.
        if (before !== undefined && newest === revision) {
          newest = before;
          reconfigure();
          await discard([revision]);
        } else if (error instanceof EmulatorError && error.code === 'SUPERSEDED') await revision.stop();
        throw error;
      });
      // It was stopped before it was up.
      refuseWhenEnding(setup.ending);
    },
    giveUp: () => giveUp(),
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
      await Promise.all([...revisions.values(), ...leaving].map((revision) => revision.stop()));
    },
    async close() {
      gate.cut();
      await Promise.all([close(gate.server), principals.close()]);
    },
  };
}

function supersededRevision(name: string): EmulatorError {
  const message = `${name} was given up: its service was changed again before it was up.`;
  return new EmulatorError('SUPERSEDED', message, 'Look at the revision that came after it.');
}
