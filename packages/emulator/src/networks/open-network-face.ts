import type { Server } from 'node:http';
import Fastify from 'fastify';
import { googleRoutes } from '../api/google-routes.ts';
import { servesHost } from '../gate/hosts.ts';
import { type GateSettings, resolveGateSettings } from '../gate/settings.ts';
import type { Google } from '../google.ts';
import { close, listen } from '../internal/listen.ts';
import type { Principal } from '../principal.ts';
import type { ServiceRuntime } from '../service-runtime.ts';
import { createNetworkFace } from './network-face.ts';
import type { ServiceNetworks } from './service-networks.ts';

export interface OpenNetworkFaceOptions extends Pick<Google, 'keys' | 'faults'> {
  readonly networks: ServiceNetworks;
  readonly port: number;
  readonly gate: GateSettings | undefined;
  readonly principals: () => readonly Principal[];
  readonly services: () => readonly ServiceRuntime[];
}

export interface NetworkFace {
  readonly server: Server;
  close(): Promise<void>;
}

/** Listens for the services on their own networks. @throws EmulatorError PORT_TAKEN, HOST_UNAVAILABLE */
export async function openNetworkFace(options: OpenNetworkFaceOptions): Promise<NetworkFace> {
  const { networks, port, keys, faults, principals, services } = options;
  const publicKeys = Fastify({ requestTimeout: 60_000 });
  await publicKeys.register(googleRoutes, { keys, faults });
  await publicKeys.ready();
  const face = createNetworkFace({
    networks,
    settings: resolveGateSettings(options.gate),
    metadataOf: (service) => principals().find(({ name }) => name === service)?.server,
    gateOf: (host) => services().find(({ name, gated }) => name === host || servesHost(gated, host))?.gateServer,
    publicKeys: publicKeys.server,
  });
  await listen(face, '0.0.0.0', port, 'what services meet on their networks');
  return {
    server: face,
    async close() {
      await close(face);
      await publicKeys.close();
    },
  };
}
