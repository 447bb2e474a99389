import { chmod } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Authority } from '../identity/authority/authority.ts';
import { trustFiles } from '../identity/authority/trust-files.ts';
import { EmulatorError } from '../internal/errors.ts';
import { listen } from '../internal/listen.ts';
import type { Decisions } from '../run/gate/decision.ts';
import type { Outside } from '../run/networks/outside.ts';
import type { ServiceNetworks } from '../run/networks/service-networks.ts';
import type { Principal } from '../run/revisions/principal.ts';
import type { Identity, Isolation } from '../run/runtime/isolation.ts';
import { productionEnv } from './environment.ts';
import { createForwardProxy } from './forward-proxy.ts';
import { createNames, type NamesOptions } from './names.ts';
import { createNetworkTls, type NetworkTls } from './network-tls.ts';
import { createPassThrough } from './pass-through.ts';
import { type Refused, refuseAsked, refuseImpostor, refuseName, refuseUntrusted } from './refusals.ts';
import { createTunnels } from './tunnel.ts';

export interface ProductionAddressesOptions {
  /** Opens the authority. @param rotate another one than there is */
  readonly openAuthority: (how: { readonly rotate: boolean }) => Promise<Authority>;
  readonly outside: Outside;
  readonly isolation: Isolation;
  readonly decisions: Decisions;
  /** The gate of a `run.app` host name; undefined where no service that is deployed here has it. */
  readonly gateOf: NamesOptions['gateOf'];
  /** The `run.app` host names of what is deployed. */
  readonly hosts: () => readonly string[];
  /** Google's endpoints, once they are there. */
  readonly api: () => Server;
  /** Whether the rest of the world is reached, too. */
  readonly passThrough: boolean;
}

/** The way to production addresses of somebody: a proxy, and what its programs are told of it. */
export interface Way {
  /** `host:port`. */
  readonly proxy: string;
  /**
   * The variables by which a program takes it.
   * @param folder of its own, for what it is to trust
   * @param before what stands there already
   */
  env(folder: string, before: Readonly<Record<string, string | undefined>>): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export interface ProductionAddresses {
  /** Whom programs have to trust. */
  authority(): Authority;
  /** Takes another one, in the files of everybody; programs that run trust it when they are started again. */
  rotate(): Promise<void>;
  /** For an identity, whose metadata server is behind it. */
  open(principal: Principal): Promise<Way>;
  /** For the developer, who has none. */
  openForDeveloper(): Promise<Way>;
  /**
   * For services on networks of their own, where names alone lead here.
   * @param folder for what they are to trust
   * @throws EmulatorError STATE_NOT_SAVED
   */
  openOn(networks: ServiceNetworks, folder: string): Promise<NetworkTls>;
}

/** Leads programs to what they know by production addresses, each by a proxy of its own. */
export async function createProductionAddresses(options: ProductionAddressesOptions): Promise<ProductionAddresses> {
  const { openAuthority, outside, isolation, decisions, gateOf, hosts, api } = options;
  let authority = await openAuthority({ rotate: false });
  let write = await trustFiles(authority.certificate);
  const passThrough = options.passThrough ? createPassThrough() : undefined;
  /** Where what is trusted was written. */
  const written = new Set<string>();
  const opened = new Set<{ forget(): void }>();
  const speakerAt = (host: string) => createNames({ gateOf, api: api() })(host);
  const told = ({ refusal, decision }: Refused) => {
    decisions.add(decision);
    return refusal;
  };
  return {
    authority: () => authority,
    async rotate() {
      authority = await openAuthority({ rotate: true });
      write = await trustFiles(authority.certificate);
      for (const one of opened) one.forget();
      await Promise.all([...written].map(write));
    },
    open: (principal) => open(principal, principal.server),
    openForDeveloper: () => open({ name: 'developer' }, undefined),
    async openOn(networks, folder) {
      const files = await write(folder).catch(({ code }: NodeJS.ErrnoException) => {
        throw new EmulatorError(
          'STATE_NOT_SAVED',
          `What services are to trust cannot be written into ${folder} (${code}).`,
          'Let this user write there, or name another folder: --trust, in code networks.trust.',
        );
      });
      // Containers are whoever their images say.
      await Promise.all(Object.values(files).map((file: string) => chmod(file, 0o644)));
      written.add(folder);
      const onNetworks = createNetworkTls({
        networks,
        sign: (host) => authority.sign(host),
        speakerAt,
        onUntrusted: (host, caller) =>
          decisions.add(refuseUntrusted(host, caller, `Let it trust authority.pem in the folder ${folder}.`)),
        onUnknown: (host, caller) => decisions.add(refuseName(host, caller, hosts())),
      });
      opened.add(onNetworks);
      return onNetworks;
    },
  };

  async function open(whose: Identity, metadata: Server | undefined): Promise<Way> {
    const { name } = whose;
    const tunnels = createTunnels({
      sign: (host) => authority.sign(host),
      speakerAt,
      onUntrusted: (host) => decisions.add(refuseUntrusted(host, name, howToTrust(authority.file))),
    });
    opened.add(tunnels);
    const { server, close } = createForwardProxy({
      metadata,
      speakerAt,
      tunnels,
      refusesCaller(socket) {
        const impostor = isolation.impostorAt(socket, whose);
        return impostor && told(refuseImpostor(impostor, name));
      },
      passThrough,
      refuse: (asked) => told(refuseAsked(asked, name, hosts())),
    });
    outside.guard(server);
    const proxy = outside.authority(await listen(server, outside.host, 0, `the proxy of ${name}`));
    return {
      proxy,
      async env(folder, before) {
        const own = join(folder, 'trust');
        written.add(own);
        return productionEnv(proxy, await write(own), before);
      },
      async close() {
        opened.delete(tunnels);
        await close();
      },
    };
  }
}

function howToTrust(file: string): string {
  return `run-edges env has the variables by which most do; where it reads none of them, let it trust ${file}.`;
}
