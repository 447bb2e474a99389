import type { Server } from 'node:http';
import { join } from 'node:path';
import type { NetworkTls } from '../addresses/network-tls.ts';
import { createProductionAddresses, type Way } from '../addresses/production-addresses.ts';
import { openAuthority } from '../identity/authority/authority.ts';
import { PERMITTED_ADDRESSES, PERMITTED_NAMES } from '../identity/authority/make-authority.ts';
import { type Project, runAppHosts } from '../identity/project.ts';
import type { ExternalReceivers } from '../run/external/external-receivers.ts';
import type { Outside } from '../run/networks/outside.ts';
import type { ServiceNetworks } from '../run/networks/service-networks.ts';
import type { Machine } from '../run/revisions/prepare-container.ts';
import type { OpenBeside, Principal } from '../run/revisions/principal.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import type { Isolation } from '../run/runtime/isolation.ts';
import type { DecisionLog } from '../watch/decisions/decision-log.ts';
import type { KnownAuthority } from '../watch/routes/authority-routes.ts';

export interface ProductionPartOptions {
  /** Where the authority is kept, and a folder for each identity. */
  readonly folder: string;
  readonly project: Project;
  readonly outside: Outside;
  readonly isolation: Isolation;
  readonly decisions: DecisionLog;
  /** What is there when somebody asks. */
  readonly registry: () => ServiceRegistry;
  readonly external: () => ExternalReceivers;
  readonly api: () => Server;
  readonly passThrough: boolean;
}

/** What the cloud does otherwise where addresses are those of production, for programs that start on this machine. */
export interface ProductionPart {
  readonly beside: OpenBeside;
  readonly env: NonNullable<Machine['productionEnv']>;
  /** The same for who has no program here, once it has its metadata server. */
  envOf(principal: Principal): Readonly<Record<string, string>>;
  urlOf(service: string, region: string): string;
  readonly authority: KnownAuthority;
  /** For services on networks of their own. @param trust folder for what they are to trust; undefined: one of its own */
  openOn(networks: ServiceNetworks, trust: string | undefined): Promise<NetworkTls>;
  /** Opens the developer's own way. */
  openForDeveloper(): Promise<{ readonly env: Readonly<Record<string, string>>; close(): Promise<void> }>;
  /** Where receivers of others are reached whose URLs no certificate can be for. */
  elsewhere(): ReadonlyMap<string, string>;
}

export async function productionPart(options: ProductionPartOptions): Promise<ProductionPart> {
  const { folder, project, outside, isolation, decisions, registry, external, api, passThrough } = options;
  const hostOf = (url: string) => new URL(url).hostname;
  const addresses = await createProductionAddresses({
    openAuthority: (how) => openAuthority(folder, how),
    outside,
    isolation,
    decisions,
    api,
    passThrough,
    gateOf: (host) =>
      registry().gateOf(host) ??
      external()
        .list()
        .find(({ standsFor }) => hostOf(standsFor) === host)?.gateServer,
    hosts: () => [
      ...registry()
        .list()
        .map(({ hosts }) => hosts[0] ?? ''),
      ...external()
        .list()
        .map(({ standsFor }) => hostOf(standsFor)),
    ],
  });
  const ways = new WeakMap<Principal, { readonly way: Way; readonly env: Readonly<Record<string, string>> }>();
  return {
    async beside(principal) {
      const way = await addresses.open(principal);
      ways.set(principal, { way, env: await way.env(join(folder, principal.name), process.env) });
      return way;
    },
    env: async (principal, own, before) => (await ways.get(principal)?.way.env(own, before)) ?? {},
    envOf: (principal) => ways.get(principal)?.env ?? {},
    urlOf: (service, region) => `https://${runAppHosts(service, { ...project, region })[0]}`,
    authority: {
      listed() {
        const { file, certificate, ends } = addresses.authority();
        return { file, certificate, ends: ends.toISOString(), permits: [...PERMITTED_NAMES, ...PERMITTED_ADDRESSES] };
      },
      rotate: () => addresses.rotate(),
    },
    openOn: (networks, trust = join(folder, '.trust')) => addresses.openOn(networks, trust),
    async openForDeveloper() {
      const way = await addresses.openForDeveloper();
      // No service has a name that begins so.
      return { env: await way.env(join(folder, '.developer'), process.env), close: way.close };
    },
    elsewhere: () =>
      new Map(
        external()
          .list()
          .filter(({ standsFor }) => !hostOf(standsFor).endsWith('.run.app'))
          .map(({ standsFor, url }) => [standsFor, url]),
      ),
  };
}
