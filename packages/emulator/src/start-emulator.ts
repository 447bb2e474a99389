import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Declaration, environmentOf, readDeclaration, STRANGER } from '@run-edges/edges';
import { createApiServer } from './api/api-server.ts';
import type { Cloud } from './cloud.ts';
import { EmulatorError } from './errors.ts';
import type { Directory } from './gate/authorize.ts';
import { servesHost } from './gate/hosts.ts';
import { createGoogle, type Google } from './google.ts';
import { mintIdToken } from './identity/tokens.ts';
import { makeUserCredentials } from './identity/user-credentials.ts';
import { listenError } from './internal/listen.ts';
import { networkUrl, openNetworkFace } from './networks/open-network-face.ts';
import { createOutside } from './networks/outside.ts';
import { findServiceNetworks } from './networks/service-networks.ts';
import type { EmulatorOptions } from './options.ts';
import { createPrincipal, type Principal } from './principal.ts';
import { googleClientEnv } from './runtime/google-client-env.ts';
import { createServiceRuntime, type ServiceRuntime } from './service-runtime.ts';

/**
 * Starts the keys, the API, a metadata server for each identity, a gate for each service, and the services.
 * Whatever was started is stopped again when a part fails.
 * @throws DeclarationError, EmulatorError
 * @example await using cloud = await startEmulator({ edges: 'infra/edges.yaml' });
 */
export async function startEmulator(options: EmulatorOptions): Promise<Cloud> {
  const { host = '127.0.0.1', port = 0, metadataPort = 0, stateDir } = options;
  const declaration = typeof options.edges === 'string' ? readDeclaration(options.edges) : options.edges;
  await using cleanup = new AsyncDisposableStack();

  const google = await createGoogle(declaration, options, stateDir && join(stateDir, 'emulator.json'));
  cleanup.defer(() => google.settled());
  const { project, keys, accounts, accountKeys, now } = google;

  const serviceNames = declaration.services.map(({ name }) => name);
  const networks = options.networks && (await findServiceNetworks(serviceNames));
  const outside = createOutside(host, networks);

  const principals: Principal[] = [];
  for (const [index, name] of [...serviceNames, STRANGER].entries()) {
    const account = accounts.ensure(google.emailOf(name));
    const at = { outside, port: metadataPort === 0 ? 0 : metadataPort + index };
    const principal = await createPrincipal({ ...google, ...at, name, account });
    cleanup.defer(() => principal.close());
    principals.push(principal);
  }

  const services: ServiceRuntime[] = [];
  const listed = {
    services: () => services.map((service) => service.listed()),
    principals: () => principals.map((principal) => principal.listed()),
  };
  const api = await createApiServer({ ...google, listed });
  cleanup.defer(() => api.close());
  outside.guard(api.server);
  await api.listen({ host, port }).catch((error: unknown) => {
    throw listenError(error, host, port, 'the API');
  });
  const url = `http://${outside.authority((api.server.address() as AddressInfo).port)}`;

  const directory = directoryOf(declaration, google);
  for (const [index, service] of declaration.services.entries()) {
    const runtime = await createServiceRuntime({
      ...google,
      service,
      principal: named(principals, service.name),
      directory,
      outside,
      port: port === 0 ? 0 : port + 1 + index,
      networkUrl: options.networks && networkUrl(service.name, options.networks.port),
      gate: options.gate,
      otherOrigins: () =>
        new Map(services.filter((other) => other.name !== service.name).map((other) => [other.name, other.origins])),
      serviceAt: (name) => services.find(({ gated }) => servesHost(gated, name))?.gated,
    });
    cleanup.defer(() => runtime.close());
    services.push(runtime);
  }

  if (networks !== undefined && options.networks !== undefined) {
    const { port } = options.networks;
    cleanup.defer(await openNetworkFace({ ...google, networks, port, gate: options.gate, principals, services }));
  }

  const folder = stateDir ?? (await mkdtemp(join(tmpdir(), 'run-edges-')));
  if (stateDir === undefined) cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const env = (name: string) =>
    googleClientEnv(named(principals, name).metadataHost, project, join(folder, name, 'home'));

  cleanup.defer(async () => void (await Promise.all(services.map((runtime) => runtime.stop()))));
  const starting = services.map(async (runtime) => {
    const { name } = runtime;
    await mkdir(join(folder, name, 'home'), { recursive: true });
    await runtime.start(options, {
      ...environmentOf(declaration, name, { urlOf: (other) => named(services, other).url, emailOf: google.emailOf }),
      ...env(name),
      GOOGLE_CERTS_URL: `${url}/oauth2/v3/certs`,
      STATE_DIR: join(folder, name),
      ...options.env?.[name],
    });
  });
  await Promise.race([Promise.all(starting), whenAborted(options.signal)]);

  const parts = cleanup.move();
  const stop = () => parts.disposeAsync();
  return {
    url,
    project,
    declaration,
    services,
    principals,
    decisions: google.decisions,
    policies: google.iam.policies,
    faults: google.faults,
    service: (name) => named(services, name),
    env,
    idToken: (name, audience) =>
      mintIdToken(keys, { account: named(principals, name).account, audience, email: true, issuedAt: now() }),
    serviceAccountKey: (name) => accountKeys.make(named(principals, name).account, project, `${url}/token`),
    userCredentials: (email) => makeUserCredentials(keys, email, now()),
    async rotateKeys(how) {
      await keys.rotate(how);
      google.onKeysChanged();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
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

/** Names for the gates' records: services by their accounts, and what would let a caller in. */
function directoryOf(declaration: Declaration, { accounts, emailOf, project }: Google): Directory {
  const names = new Map(
    [...declaration.services.map(({ name }) => name), STRANGER].map((name) => [emailOf(name), name]),
  );
  return {
    accounts,
    callerName: (email) => names.get(email) ?? email,
    grantCommand(receiver, member) {
      const caller = names.get(member.slice(member.indexOf(':') + 1));
      const command = `gcloud run services add-iam-policy-binding ${receiver} --region=${project.region} --member=${member} --role=roles/run.invoker`;
      if (caller === undefined || caller === STRANGER || caller === receiver) return command;
      return `If ${caller} should call ${receiver}, add ${receiver} to its calls in edges.yaml and start again. On Cloud Run: ${command}`;
    },
  };
}

/** Rejects with the signal's reason when it is aborted. */
function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted === true) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
