import type { Server } from 'node:http';
import type { NetworkTls } from '../addresses/network-tls.ts';
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
  /** What is met by https; undefined where addresses are local. */
  readonly tls: NetworkTls | undefined;
}

export interface NetworkFace {
  readonly server: Server;
  /** Takes no more connections by https; what is under way on them is for gates to end. */
  endTls(): void;
  close(): Promise<void>;
}

const HTTPS = 443;

/** Listens for the services on their own networks. @throws EmulatorError PORT_TAKEN, HOST_UNAVAILABLE */
export async function openNetworkFace(options: OpenNetworkFaceOptions): Promise<NetworkFace> {
  const { networks, port, keys, faults, principals, gateOf, tls } = options;
  const publicKeys = await createPublicKeyServer({ keys, faults });
  const face = createNetworkFace({
    networks,
    settings: resolveGateSettings(options.gate),
    metadataOf: (service) => principals().find(({ name }) => name === service)?.server,
    gateOf,
    publicKeys: publicKeys.server,
    ...(tls && { isOfHttps: tls.answersAt }),
  });
  await listen(face, '0.0.0.0', port, 'what services meet on their networks');
  await listenForTls(tls);
  return {
    server: face,
    endTls: () => void tls?.server.close(),
    async close() {
      tls?.server.close();
      tls?.cut();
      await close(face);
      await publicKeys.close();
    },
  };
}

async function listenForTls(tls: NetworkTls | undefined): Promise<void> {
  if (tls !== undefined) await listen(tls.server, '0.0.0.0', HTTPS, 'what services meet on their networks by https');
}
