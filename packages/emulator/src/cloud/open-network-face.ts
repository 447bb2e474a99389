import type { Server } from 'node:http';
import { createPublicKeyServer, type PublicKeyOptions } from '../google/tokens/public-key-routes.ts';
import { close, listen } from '../internal/listen.ts';
import { type GateSettings, resolveGateSettings } from '../run/gate/settings.ts';
import { createNetworkFace } from '../run/networks/network-face.ts';
import type { ServiceNetworks } from '../run/networks/service-networks.ts';
import type { Principal } from '../run/revisions/principal.ts';

export interface OpenNetworkFaceOptions extends PublicKeyOptions {
  readonly networks: ServiceNetworks;
  readonly port: number;
  readonly gate: GateSettings | undefined;
  readonly principals: () => readonly Principal[];
  /** The gate for a host name; undefined where it is none of a service. */
  readonly gateOf: (host: string) => Server | undefined;
}

export interface NetworkFace {
  readonly server: Server;
  close(): Promise<void>;
}

/** Listens for the services on their own networks. @throws EmulatorError PORT_TAKEN, HOST_UNAVAILABLE */
export async function openNetworkFace(options: OpenNetworkFaceOptions): Promise<NetworkFace> {
  const { networks, port, keys, faults, principals, gateOf } = options;
  const publicKeys = await createPublicKeyServer({ keys, faults });
  const face = createNetworkFace({
    networks,
    settings: resolveGateSettings(options.gate),
    metadataOf: (service) => principals().find(({ name }) => name === service)?.server,
    gateOf,
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
