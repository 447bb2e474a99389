import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Declaration, deterministicUrl, environmentOf, readDeclaration, STRANGER } from '@run-edges/edges';
import { createApiServer } from './api/api-server.ts';
import { hasConditions } from './api/edge-routes.ts';
import { checkOptions } from './check-options.ts';
import type { Cloud } from './cloud.ts';
import { EmulatorError } from './errors.ts';
import { giveCommand } from './explain/grant-text.ts';
import { createGoogle, type Google } from './google.ts';
import type { ServiceAccount } from './identity/accounts.ts';
import { newDeveloperToken } from './identity/developer-token.ts';
import { mintIdToken } from './identity/tokens.ts';
import { makeUserCredentials } from './identity/user-credentials.ts';
import { checkSettings, type Kinds, perhaps, text } from './internal/check-settings.ts';
import { drain } from './internal/drain.ts';
import { listenError } from './internal/listen.ts';
import { openNetworkFace } from './networks/open-network-face.ts';
import { createOutside } from './networks/outside.ts';
import { findServiceNetworks } from './networks/service-networks.ts';
import type { EmulatorOptions } from './options.ts';
import { createPrincipal, type Principal } from './principal.ts';
import { declaredService } from './run/declared-service.ts';
import { changedServices, stillGood } from './run/saved-services.ts';
import { createRunServices, type RunServices } from './run/services.ts';
import { startRevision } from './run/start-revision.ts';
import { googleClientEnv, plainHttpHosts } from './runtime/google-client-env.ts';
import { findIsolation } from './runtime/isolation.ts';
import { noProxy } from './runtime/no-proxy.ts';
import { createServiceRegistry } from './service-registry.ts';
import { makeTemporaryFolder } from './state/temporary-folder.ts';
import { followStranger } from './stranger.ts';

/** Cloud Run gives a container 4 minutes to listen. */
const START_TIMEOUT_MS = 240_000;

/** Beside the folder of this file, in the sources and in what is built of them. */
const consoleFolder = new URL('../console/', import.meta.url);
const samplesFolder = fileURLToPath(new URL('../images/', import.meta.url));

/**
 * Starts the keys, the API, a metadata server for each identity, a gate for each service, and the services.
 * Whatever was started is stopped again when a part fails.
 * @throws DeclarationError, EmulatorError
 * @example await using cloud = await startEmulator({ edges: 'infra/edges.yaml' });
 */
export async function startEmulator(options: EmulatorOptions): Promise<Cloud> {
  checkOptions(options);
  const { host = '127.0.0.1', port = 0, metadataPort = 0, stateDir, developerToken = newDeveloperToken() } = options;
  const declaration =
    typeof options.edges === 'string'
      ? readDeclaration(options.edges, { mayBeEmpty: options.deployed === false })
      : options.edges;
  await using cleanup = new AsyncDisposableStack();

  const isolating = findIsolation(options.isolation ?? 'auto');
  const google = await createGoogle(declaration, options, stateDir && join(stateDir, 'emulator.json'));
  cleanup.defer(() => google.ended());
  const { project, keys, accounts, accountKeys, now, emailOf } = google;

  const serviceNames = declaration.services.map(({ name }) => name);
  const networks = options.networks && (await findServiceNetworks(serviceNames));
  const outside = createOutside(host, options.names ?? [], networks);

  const isolation = await isolating;

  // In an empty project there is nobody yet.
  if (options.deployed !== false) accounts.ensure(emailOf(STRANGER));
  const stranger = await followStranger({ accounts, email: emailOf(STRANGER), open: openStranger });
  cleanup.defer(() => stranger.close());
  const strangers = () => (stranger.principal === undefined ? [] : [stranger.principal]);

  const registry = createServiceRegistry({
    ...google,
    declaration,
    directory: { accounts, callerName, wayIn },
    outside,
    isolation,
    port,
    metadataPort,
    networkPort: options.networks?.port,
    gate: options.gate,
    scaleToZero: options.scaleToZero,
    onLog: options.onLog,
    onState: options.onState,
  });
  const principals = () => [
    ...registry.list().flatMap(({ newest }) => (newest === undefined ? [] : [newest.principal])),
    ...strangers(),
  ];

  const folder = stateDir ?? cleanup.use(await makeTemporaryFolder()).path;
  let url = '';
  const services = createRunServices({
    project,
    registry,
    start: (service, revision) =>
      startRevision(service, revision, {
        registry,
        isolation,
        accounts,
        project,
        sources: { declaration, images: options.images ?? {}, fronts: options.fronts ?? {}, samplesFolder },
        gate: options.gate,
        startTimeout: options.startTimeout ?? START_TIMEOUT_MS,
        folder,
        apiUrl: url,
        env: options.env ?? {},
      }),
    onChange: google.save,
    onRemoved: (name) => google.iam.policies.remove(`services/${name}`),
  });

  /** The emulator's own addresses for who calls this machine by a name: port 0 stands for the machine alone. */
  const seenBy = (name: string | undefined) => {
    if (name === undefined) return (text: string) => text;
    const addresses = [url, ...registry.list().map((service) => service.url)].map((one) => new URL(one).port);
    const metadata = principals().map(({ metadataHost }) => metadataHost.slice(metadataHost.lastIndexOf(':') + 1));
    return outside.asCalledBy(name, [0, ...[...addresses, ...metadata].map(Number)]);
  };

  const listed = {
    services: (name?: string) => {
      const seen = seenBy(name);
      return registry.list().map((service) => {
        const { url, metadataHost, ...rest } = service.listed();
        return { ...rest, url: seen(url), metadataHost: seen(metadataHost) };
      });
    },
    principals: (name?: string) => {
      const seen = seenBy(name);
      return principals().map((principal) => {
        const { metadataHost, ...rest } = principal.listed();
        return { ...rest, metadataHost: seen(metadataHost) };
      });
    },
    unchecked: () =>
      registry
        .list()
        .filter(({ frontEnd }) => frontEnd.invokerIamDisabled)
        .map(({ name }) => name),
  };
  const clientEnv = (name: string) => ({
    ...googleClientEnv(named(principals(), name).metadataHost, project, join(folder, name, 'home'), process.env),
    GOOGLE_CERTS_URL: `${url}/oauth2/v3/certs`,
  });
  const environments = (name: string | undefined) => {
    const seen = seenBy(name);
    const machine = seen(outside.authority(0)).replace(/:0$/, '');
    const here = (env: Readonly<Record<string, string>>) => ({
      ...Object.fromEntries(Object.entries(env).map(([variable, value]) => [variable, seen(value)])),
      ...(name === undefined ? {} : { ...noProxy(env, machine), ...plainHttpHosts(machine) }),
    });
    return Object.fromEntries([
      ...registry.list().flatMap(({ name, newest, env }) => (newest === undefined ? [] : [[name, here(env)] as const])),
      ...strangers().map(({ name }) => [name, here(clientEnv(name))] as const),
    ]);
  };
  const api = await createApiServer({
    ...google,
    services,
    listed,
    environments,
    declaration,
    developerToken,
    judge: (given, address) =>
      registry
        .list()
        .filter(({ newest }) => newest !== undefined)
        .map(({ name, judge }) => [name, judge(given, address)] as const),
    consoleFolder,
    isOwnName: outside.isOwnName,
  });
  cleanup.defer(() => api.close());
  outside.guard(api.server);
  await api.listen({ host, port }).catch((error: unknown) => {
    throw listenError(error, host, port, 'the API');
  });
  url = `http://${outside.authority((api.server.address() as AddressInfo).port)}`;

  cleanup.defer(() => registry.close());
  // The declared services have their ports whether they are deployed or not.
  for (const { name } of declaration.services) await registry.at(name);

  const faces: Server[] = [];
  if (networks !== undefined && options.networks !== undefined) {
    const { port } = options.networks;
    const services = registry.list;
    const face = await openNetworkFace({ ...google, networks, port, gate: options.gate, principals, services });
    cleanup.defer(() => face.close());
    faces.push(face.server);
  }

  cleanup.defer(() => registry.stop());
  if (options.stopGrace !== undefined) {
    const { stopGrace } = options;
    cleanup.defer(() => drain([...registry.list().map(({ gateServer }) => gateServer), ...faces], stopGrace));
  }
  cleanup.defer(() => registry.end());
  await Promise.race([deployAll({ declaration, options, google, services }), whenAborted(options.signal)]);

  const parts = cleanup.move();
  const stop = () => parts.disposeAsync();
  return {
    url,
    project,
    declaration,
    get services() {
      return registry.list();
    },
    get principals() {
      return principals();
    },
    decisions: google.decisions,
    policies: google.iam.policies,
    developerToken,
    isolation: { apart: isolation.apart, says: isolation.says },
    faults: google.faults,
    service: (name) => named(registry.list(), name),
    env: clientEnv,
    async idToken(name, audience) {
      checkParameters({ audience }, { audience: text }, 'idToken');
      return mintIdToken(keys, { account: named(principals(), name).account, audience, email: true, issuedAt: now() });
    },
    async serviceAccountKey(name) {
      const file = await accountKeys.make(named(principals(), name).account, project, `${url}/token`, now());
      await google.settled();
      return file;
    },
    async userCredentials(email) {
      checkParameters({ email }, { email: text }, 'userCredentials');
      return makeUserCredentials(keys, email, now());
    },
    async rotateKeys(how = {}) {
      checkParameters(how, { withdraw: perhaps('flag') }, 'rotateKeys');
      await keys.rotate(how);
      google.save();
      await google.settled();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };

  function openStranger(account: ServiceAccount): Promise<Principal> {
    return createPrincipal({
      ...google,
      name: STRANGER,
      account,
      outside,
      isolation,
      port: metadataPort === 0 ? 0 : metadataPort + serviceNames.length,
    });
  }

  /** Those who run as this account. */
  function callersOf(email: string): readonly string[] {
    const strange = strangers()
      .filter(({ account }) => account.email === email)
      .map(({ name }) => name);
    return [...registry.runningAs(email), ...strange];
  }

  /** Who runs as this account, for records. */
  function callerName(email: string): string {
    return callersOf(email).join(' or ') || email;
  }

  /** What would let a caller in. */
  function wayIn(receiver: string, member: string): string {
    const callers = callersOf(member.slice(member.indexOf(':') + 1));
    if (callers.length === 1 && callers[0] === STRANGER)
      return `Nothing: the stranger stands for everybody whom no edge names. Declare a service that shall call ${receiver}, with ${receiver} in its calls.`;
    const beside = hasConditions(google.iam, receiver);
    const command = `${giveCommand(receiver, member, { project, beside })} (it counts after about 2 minutes, sometimes 7)`;
    // In an empty project nothing is there because it is declared.
    const declared = options.deployed === false ? [] : callers.filter((name) => serviceNames.includes(name));
    if (declared.length === 0 || callers.includes(receiver)) return command;
    return `If ${declared.join(' or ')} should call ${receiver}, add ${receiver} to its calls in edges.yaml and start again. On Cloud Run: ${command}`;
  }
}

interface DeployAll {
  readonly declaration: Declaration;
  readonly options: EmulatorOptions;
  readonly google: Google;
  readonly services: RunServices;
}

/**
 * Brings up what is declared, but for services that were changed or deleted since, and what else was deployed before.
 * @throws EmulatorError when a declared service does not come up
 */
async function deployAll({ declaration, options, google, services }: DeployAll): Promise<void> {
  const { project, emailOf, owner } = google;
  const declared = new Map(
    (options.deployed === false ? [] : declaration.services).map((service) => [service.name, service]),
  );
  const saved = stillGood(google.savedServices, declared);
  for (const { name, deployed } of saved) {
    if (deployed === null) google.iam.policies.remove(`services/${name}`);
    else await services.restore(deployed);
  }
  const addresses = { urlOf: (name: string) => deterministicUrl(name, project), emailOf };
  const starting = [...declared.values()].filter(({ name }) => !saved.some((one) => one.name === name));
  await Promise.all(
    starting.map(async (service) => {
      const env = environmentOf(declaration, service.name, addresses);
      await services.create(declaredService(service, project, { email: emailOf(service.name), env }), { by: owner });
    }),
  );
  google.keepServices(() => changedServices(services, declared), services.remember);
  await Promise.all(starting.map(({ name }) => services.ready(name)));
  // What was deployed by hand may fail without taking the others along: its status says so.
  await Promise.allSettled(saved.map(({ name }) => services.ready(name)));
}

/** @throws EmulatorError SETTING_INVALID */
function checkParameters(given: object, kinds: Kinds, of: string): void {
  checkSettings({ ...given }, { kinds, what: `parameter of ${of}`, code: 'SETTING_INVALID' });
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name);
  if (found === undefined)
    throw new EmulatorError(
      'UNKNOWN_PRINCIPAL',
      `There is no ${JSON.stringify(name)} here.`,
      `Known: ${list.map((one) => one.name).join(', ')}.`,
    );
  return found;
}

/** Rejects with the signal's reason when it is aborted. */
function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted === true) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
