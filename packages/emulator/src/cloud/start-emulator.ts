import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Declaration, readDeclaration, STRANGER } from '@run-edges/edges';
import { resolveGoogleSettings } from '../google/google-settings.ts';
import { createPrincipal } from '../google/metadata/create-principal.ts';
import { createExternalIam } from '../iam/policies/external-iam.ts';
import { newDeveloperToken } from '../identity/developer/developer-token.ts';
import { localProject } from '../identity/project.ts';
import { placeOfName, regionalName } from '../identity/regions.ts';
import { createCleanUp } from '../internal/clean-up.ts';
import { drain } from '../internal/drain.ts';
import { whenAborted } from '../internal/ending.ts';
import { listenError } from '../internal/listen.ts';
import { isLoopback } from '../internal/own-names.ts';
import { packageFolder } from '../internal/package-folder.ts';
import { type KeptState, keepState } from '../internal/state/kept-state.ts';
import { makeTemporaryFolder } from '../internal/state/temporary-folder.ts';
import { createExternalReceivers } from '../run/external/external-receivers.ts';
import { networkUrl } from '../run/networks/network-url.ts';
import { createOutside } from '../run/networks/outside.ts';
import { findServiceNetworks } from '../run/networks/service-networks.ts';
import type { Machine } from '../run/revisions/prepare-container.ts';
import type { OpenPrincipal, Principal } from '../run/revisions/principal.ts';
import { createServiceRegistry } from '../run/revisions/service-registry.ts';
import { googleClientEnv } from '../run/runtime/google-client-env.ts';
import { findIsolation } from '../run/runtime/isolation.ts';
import { createCallerTokens } from '../watch/callers/caller-tokens.ts';
import { createKnownCallers } from '../watch/callers/known-callers.ts';
import { createChanges } from '../watch/decisions/changes.ts';
import { createDecisionLog } from '../watch/decisions/decision-log.ts';
import { createFaults } from '../watch/faults/faults.ts';
import { createApiServer } from './api-server.ts';
import { checkOptions } from './check-options.ts';
import { checkFrontNames, checkServiceNames, checkWorkloadNames } from './check-service-names.ts';
import { createClock } from './clock.ts';
import type { Cloud } from './cloud.ts';
import { createDeclare, createRedeploy } from './declare.ts';
import { createDeclared } from './declared.ts';
import { deliveryPart } from './delivery-part.ts';
import { createDirectory } from './directory.ts';
import { everybodyCalls } from './everybody-calls.ts';
import { googleFaces } from './google-faces.ts';
import { jobsPart } from './jobs-part.ts';
import { createListing } from './listing.ts';
import { metadataPorts } from './metadata-ports.ts';
import { type NetworkFace, openNetworkFace } from './open-network-face.ts';
import { openProject } from './open-project.ts';
import type { EmulatorOptions } from './options.ts';
import { createParts } from './parts.ts';
import { productionPart } from './production-part.ts';
import { createReadiness } from './readiness.ts';
import { runningCloud } from './running-cloud.ts';
import { type SavedState, savedStateShape } from './saved-state.ts';
import { servicesPart } from './services-part.ts';
import { followStranger } from './stranger.ts';
import { watchingFaces } from './watching-faces.ts';
import { workerPoolsPart } from './worker-pools-part.ts';

/** Cloud Run gives a container 4 minutes to listen. */
const START_TIMEOUT_MS = 240_000;

const NOWHERE: readonly string[] = [];

const asItIs = (declaration: Declaration) => declaration;

const samplesFolder = fileURLToPath(packageFolder('images'));

/**
 * Starts the keys, the API, a metadata server for each identity, a gate for each service, and the services.
 * Whatever was started is stopped again when a part fails.
 * @throws DeclarationError, EmulatorError
 * @example await using cloud = await startEmulator({ edges: 'infra/edges.yaml' });
 */
export async function startEmulator(options: EmulatorOptions): Promise<Cloud> {
  checkOptions(options);
  const { host = '127.0.0.1', port = 0, metadataPort = 0, stateDir, developerToken = newDeveloperToken() } = options;
  const { project = localProject, gate, learn: learning = false } = options;
  const first =
    typeof options.edges === 'string'
      ? readDeclaration(options.edges, { mayBeEmpty: options.deployed === false })
      : options.edges;
  const declared = createDeclared(first, options.deployed !== false);
  const { declaration, there } = declared;
  const told = learning ? everybodyCalls : asItIs;
  const serviceNames = first.services.map(({ name }) => name);
  await using cleanup = createCleanUp();

  const isolating = findIsolation(options.isolation ?? 'auto');
  const clock = createClock(options.now);
  const { now, elapsed } = clock;
  const faults = createFaults(options.faults ?? {}, (active) => options.onFaults?.(active));
  const settings = resolveGoogleSettings(options.google);
  checkServiceNames({ 'gate.services': gate?.services }, first);
  checkFrontNames({ fronts: options.fronts }, first);
  checkWorkloadNames({ env: options.env }, first);
  const changes = createChanges();
  const keeping = await keepState<SavedState>(stateDir && join(stateDir, 'emulator.json'), savedStateShape);
  const kept: KeptState<SavedState> = {
    ...keeping,
    save() {
      keeping.save();
      changes.tell();
    },
  };
  const policyDelay = () => faults.current.policyDelay;
  const opened = await openProject({ project, declared, asked: options, settings, clock, kept, policyDelay });
  kept.keep({ name: 'declaration', remember: declared.remember });
  cleanup.defer(() => kept.ended());
  const { keys, accounts, elsewhere, iam, groups, standIns, ownIssuer, emailOf, owner } = opened;
  const decisions = createDecisionLog();

  const alone = [...(first.jobs ?? []), ...(first.workerPools ?? [])].map(({ name }) => name);
  const networks = options.networks && (await findServiceNetworks([...serviceNames, ...alone]));
  const outside = createOutside(host, options.names ?? [], networks);
  const isolation = await isolating;
  const folder = stateDir ?? cleanup.use(await makeTemporaryFolder()).path;
  let url = '';

  const addresses =
    options.addresses === 'production'
      ? await productionPart({
          folder,
          project,
          outside,
          isolation,
          decisions,
          registry: () => registry,
          external: () => external,
          api: () => api.server,
          passThrough: options.passThrough ?? false,
        })
      : undefined;
  /** For programs on this machine; those on networks of their own need no proxy. */
  const proxied = networks === undefined ? addresses : undefined;
  const tls = networks && (await addresses?.openOn(networks, options.networks?.trust));
  const openPrincipal: OpenPrincipal = (asked) =>
    createPrincipal({
      beside: proxied?.beside,
      ...asked,
      accounts,
      project: placeOfName(asked.name, project).project,
      keys,
      faults,
      settings,
      now,
      elapsed,
      outside,
      isolation,
      decisions,
    });
  const clientEnv = (principal: Principal) => ({
    ...googleClientEnv(principal.metadataHost, project, join(folder, principal.name, 'home'), process.env),
    GOOGLE_CERTS_URL: `${url}/oauth2/v3/certs`,
    ...proxied?.envOf(principal),
  });

  const parts = createParts();
  cleanup.defer(() => parts.close());
  const { callers } = parts;
  const principals = () => callers.flatMap((kind) => kind.principals());

  // Here one gate answers for all the regions of a declared service.
  const alsoIn = (name: string) => there().services.find((one) => one.name === name)?.regions ?? NOWHERE;
  const directory = createDirectory({
    project,
    accounts,
    elsewhere,
    iam,
    callers,
    declaration,
    groups,
    emailOf,
    deployed: options.deployed !== false,
  });
  const registry = createServiceRegistry({
    declaration,
    alsoIn,
    project,
    keys,
    iam,
    directory,
    decisions,
    now,
    outside,
    openPrincipal,
    port,
    metadataPort,
    networkPort: options.networks?.port,
    production: addresses !== undefined,
    gate,
    learning,
    scaleToZero: options.scaleToZero,
    onLog: options.onLog,
    onState: options.onState,
  });
  const external = createExternalReceivers({
    declaration,
    project,
    iam: createExternalIam({ declaration: first, elapsed, roles: iam.roles, groups, project, now }),
    keys,
    directory,
    decisions,
    now,
    outside,
    port: port === 0 ? 0 : port + 1 + serviceNames.length,
    networkPort: options.networks?.port,
    fronts: options.fronts ?? {},
    gate,
    learning,
    ending: registry.ending,
  });
  parts.add({ follow: external.follow, close: external.close });
  kept.keep({ name: 'external', remember: external.iam.policies.remember });
  const machine: Machine = {
    isolation,
    accounts,
    project,
    sources: () => ({
      declaration: declaration(),
      images: options.images ?? {},
      fronts: options.fronts ?? {},
      samplesFolder,
    }),
    folder,
    apiUrl: () => url,
    productionEnv: proxied?.env,
    urlOf: async (service, region) => {
      if (proxied !== undefined) return proxied.urlOf(service, region);
      const here = alsoIn(service).includes(region) ? service : regionalName(service, region, project);
      return (await registry.at(here)).url;
    },
    elsewhere: () => proxied?.elsewhere() ?? new Map(external.list().map(({ standsFor, url }) => [standsFor, url])),
    env: options.env ?? {},
    ending: registry.ending,
  };
  const { regions, ...servicesOwn } = servicesPart({
    there,
    told,
    project,
    registry,
    machine,
    gate,
    startTimeout: options.startTimeout ?? START_TIMEOUT_MS,
    iam,
    owner,
    kept,
  });
  parts.add(servicesOwn);
  const workloads = { there, told, project, machine, kept, openPrincipal };
  const { onLog, onState } = options;
  const portOf = metadataPorts(first, metadataPort);
  const { jobs, ...jobsOwn } = jobsPart({ ...workloads, iam, owner, portOf, onLog });
  parts.add(jobsOwn);
  const { workerPools, ...poolsOwn } = workerPoolsPart({ ...workloads, iam, owner, portOf, onLog, onState });
  parts.add(poolsOwn);
  // In an empty project there is nobody yet.
  if (options.deployed !== false) accounts.ensure(emailOf(STRANGER));
  const strangersPort = metadataPort === 0 ? 0 : metadataPort + serviceNames.length;
  const stranger = await followStranger({
    accounts,
    email: emailOf(STRANGER),
    open: (account) => openPrincipal({ name: STRANGER, account, port: strangersPort }),
    env: clientEnv,
  });
  parts.add({ callers: stranger, close: stranger.close });
  const ownUrlOf = (name: string) => {
    if (addresses !== undefined) return undefined;
    if (options.networks !== undefined) return networkUrl(name, options.networks.port);
    return registry.opened(name)?.url;
  };
  const { millis, advance: move } = clock;
  const sending = { there, project, keys, accounts, decisions, now, millis, move, registry, external, directory };
  const { deliveries, ...deliveriesOwn } = deliveryPart({ ...sending, stateDir, kept, ownUrlOf });
  parts.add(deliveriesOwn);
  // One more kind of caller, or a sender, is one more line here.

  const known = createKnownCallers({
    declaration,
    accounts,
    standIns,
    emailOf,
    principals: () => callers.flatMap((of) => of.principals().map((one) => ({ ...one.listed(), kind: of.kind }))),
  });
  const callerTokens = createCallerTokens({ known, keys, accounts, elsewhere, ownIssuer, now, apiUrl: () => url });
  let developerEnv: Readonly<Record<string, string>> = {};
  const listing = createListing({
    outside,
    registry,
    external,
    callers,
    apiUrl: () => url,
    developerEnv: () => developerEnv,
  });
  let everythingStarted = false;
  const readiness = createReadiness({
    declared: there,
    registry,
    jobs,
    workerPools,
    started: () => everythingStarted,
  });
  const { save, settled } = kept;
  const api = await createApiServer({
    isOwnName: outside.isOwnName,
    google: googleFaces({ project, opened, regions, jobs, workerPools, deliveries, faults, settings, now, settled }),
    watching: watchingFaces({
      declaration,
      project,
      opened,
      registry,
      jobs,
      listing,
      readiness,
      external,
      known,
      callerTokens,
      deliveries,
      decisions,
      changes,
      faults,
      developerToken,
      loopbackAlone: isLoopback(host),
      authority: addresses?.authority,
      now,
      save,
      settled,
    }),
  });
  cleanup.defer(() => api.close());
  outside.guard(api.server);
  await api.listen({ host, port }).catch((error: unknown) => {
    throw listenError(error, host, port, 'the API');
  });
  url = `http://${outside.authority((api.server.address() as AddressInfo).port)}`;

  const developers = await proxied?.openForDeveloper();
  if (developers !== undefined) {
    developerEnv = developers.env;
    cleanup.defer(() => developers.close());
  }

  // The declared services have their ports whether they are deployed or not.
  for (const name of serviceNames) await registry.at(name);
  await external.open();
  let face: NetworkFace | undefined;
  if (networks !== undefined && options.networks !== undefined) {
    const { port } = options.networks;
    const gateOf = (host: string) => registry.gateOf(host) ?? external.gateOf(host);
    face = await openNetworkFace({ networks, port, keys, faults, gate, principals, gateOf, tls });
    cleanup.defer(face.close);
  }
  cleanup.defer(() => parts.stop());
  if (options.stopGrace !== undefined) {
    const { stopGrace } = options;
    cleanup.defer(() => {
      face?.endTls();
      const servers = registry.list().map(({ gateServer }): Server => gateServer);
      return drain(face === undefined ? servers : [...servers, face.server], stopGrace);
    });
  }
  cleanup.defer(() => registry.end());

  await Promise.race([parts.start(), whenAborted(options.signal)]);
  everythingStarted = true;

  const stop = cleanup.move();
  return runningCloud({
    url,
    project,
    addresses: options.addresses ?? 'local',
    declaration,
    developerToken,
    opened,
    registry,
    external,
    principals,
    callerTokens,
    deliveries,
    clientEnv,
    developerEnv,
    decisions,
    faults,
    isolation,
    now,
    kept,
    declare: createDeclare({ declared, opened, parts, project, kept, ending: registry.ending }),
    redeploy: createRedeploy(parts),
    stop,
  });
}
