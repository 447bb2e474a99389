import type { Declaration } from '@run-edges/edges';
import { derived } from '../../internal/derived.ts';
import { refuseWhenEnding } from '../../internal/ending.ts';
import { EmulatorError } from '../../internal/errors.ts';
import type { Callers } from '../callers.ts';
import { servesHost } from '../gate/hosts.ts';
import type { TwoProtocolServer } from '../gate/http2/two-protocol-server.ts';
import { networkUrl } from '../networks/network-url.ts';
import { createServiceRuntime, type ServiceRuntimeOptions } from './create-service-runtime.ts';
import type { Principal } from './principal.ts';
import type { ServiceRuntime } from './service-runtime.ts';

/** The services by name. Each has a gate of its own from when its name is first heard of. */
export interface ServiceRegistry {
  /** The deployed services: declared ones first, then in the order in which they came. */
  list(): readonly ServiceRuntime[];
  /** The runtime of this name, deployed or not; its gate is opened when there is none yet. @throws EmulatorError */
  at(name: string): Promise<ServiceRuntime>;
  /** The runtime of this name, deployed or not, where its gate is open. */
  opened(name: string): ServiceRuntime | undefined;
  /** The services as callers: each is who its newest revision runs as. */
  readonly callers: Callers;
  /** The gate for a host name; undefined where it is none of a service. */
  gateOf(host: string): TwoProtocolServer | undefined;
  /** Aborted when the emulator begins to stop. */
  readonly ending: AbortSignal;
  /** Nothing is started or opened from now on. */
  end(): void;
  /** Stops every container. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface ServiceRegistryOptions
  extends Omit<
    ServiceRuntimeOptions,
    'name' | 'alsoIn' | 'ending' | 'port' | 'metadataPort' | 'networkUrl' | 'serviceAt' | 'otherOrigins'
  > {
  readonly declaration: () => Declaration;
  /** Other regions for which a service's gate answers, too. */
  readonly alsoIn: (name: string) => readonly string[];
  /** The first gate's port is the next one; 0: free ports. */
  readonly port: number;
  /** Port of the first metadata server; 0: free ports. */
  readonly metadataPort: number;
  /** Port of the networks' face, where there are networks. */
  readonly networkPort: number | undefined;
}

export function createServiceRegistry(options: ServiceRegistryOptions): ServiceRegistry {
  const opening = new Map<string, Promise<ServiceRuntime>>();
  const runtimes: ServiceRuntime[] = [];
  const first = options.declaration();
  // Who is declared at the start has its ports whatever comes later.
  const declared = first.services.map(({ name }) => name);
  const ending = new AbortController();
  const arrange = ({ services }: Declaration) => {
    const ranks = new Map(services.map(({ name }, at) => [name, at]));
    const rank = ({ name }: ServiceRuntime) => ranks.get(name) ?? services.length;
    return runtimes.sort((one, other) => rank(one) - rank(other));
  };
  const arranged = derived(options.declaration, arrange);
  const deployed = () => arranged().filter(({ newest }) => newest !== undefined);
  // Receivers of others have the ports behind those of the declared services.
  let next = declared.length + (first.external ?? []).length;

  async function open(name: string): Promise<ServiceRuntime> {
    const index = declared.includes(name) ? declared.indexOf(name) : next++;
    const create = (port: number) =>
      createServiceRuntime({
        ...options,
        name,
        alsoIn: () => options.alsoIn(name),
        ending: ending.signal,
        port,
        metadataPort: options.metadataPort === 0 || index >= declared.length ? 0 : options.metadataPort + index,
        networkUrl:
          options.networkPort === undefined || name.includes('/') ? undefined : networkUrl(name, options.networkPort),
        serviceAt: (host) => runtimes.find(({ gated }) => servesHost(gated, host))?.gated,
        otherOrigins: () =>
          new Map(deployed().flatMap((other) => (other.name === name ? [] : [[other.name, other.origins]]))),
      });
    const wanted = options.port === 0 ? 0 : options.port + 1 + index;
    const runtime = await create(wanted).catch((error: unknown) => {
      // Nobody was told the port of a service that comes later.
      if (declared.includes(name) || !(error instanceof EmulatorError) || error.code !== 'PORT_TAKEN') throw error;
      return create(0);
    });
    runtimes.push(runtime);
    arrange(options.declaration());
    return runtime;
  }

  return {
    list: deployed,
    async at(name) {
      const opened = opening.get(name);
      if (opened !== undefined) return opened;
      refuseWhenEnding(ending.signal);
      const known = open(name);
      opening.set(name, known);
      known.catch(() => opening.delete(name));
      return known;
    },
    opened: (name) => runtimes.find((runtime) => runtime.name === name),
    callers: {
      kind: 'service',
      // Asked for each request at a gate.
      principals() {
        const found: Principal[] = [];
        for (const { newest } of arranged()) if (newest !== undefined) found.push(newest.principal);
        return found;
      },
      env: ({ name }) => runtimes.find((runtime) => runtime.name === name)?.env ?? {},
    },
    gateOf: (host) => deployed().find(({ name, gated }) => name === host || servesHost(gated, host))?.gateServer,
    ending: ending.signal,
    end: () => ending.abort(),
    stop: () => ended((runtime) => runtime.stop()),
    close: () => ended((runtime) => runtime.close()),
  };

  /** Also those whose gates are being opened. */
  async function ended(end: (runtime: ServiceRuntime) => Promise<void>): Promise<void> {
    ending.abort();
    await Promise.allSettled(opening.values());
    await Promise.all(runtimes.map(end));
  }
}
