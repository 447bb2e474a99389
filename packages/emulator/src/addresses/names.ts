import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { keepToHost } from '../internal/connection-host.ts';
import type { Protocol } from '../run/gate/http2/sniff.ts';

/** What speaks on a connection whose TLS has ended here. */
export interface Speaker {
  /** For ALPN, the best one first. */
  readonly protocols: readonly Protocol[];
  take(socket: Duplex, protocol: Protocol): void;
}

export interface NamesOptions {
  /** The gate of a `run.app` host name; undefined where no service that is deployed here has it. */
  readonly gateOf: (host: string) => Speaker | undefined;
  /** Google's endpoints. */
  readonly api: Server;
}

/** Who answers by https at a host name. By this table alone: nothing here is ever resolved, or connected to. */
export type FindSpeaker = (host: string) => Speaker | undefined;

export function createNames({ gateOf, api }: NamesOptions): FindSpeaker {
  return (host) => {
    // Those that are not played are told so, by who plays the others.
    if (host.endsWith('.googleapis.com') || host === 'accounts.google.com') return http1(api, host);
    return host.endsWith('.run.app') ? gateOf(host) : undefined;
  };
}

/** Where the metadata server is asked for, by plain http. */
export function isMetadataServer(host: string): boolean {
  return host === 'metadata.google.internal' || host === 'metadata' || host === '169.254.169.254';
}

/** Behind one host's TLS there is nobody else: what else the server answers to may not be for who asks. */
function http1(server: Server, host: string): Speaker {
  return {
    protocols: ['http/1.1'],
    take(socket) {
      keepToHost(socket, host);
      server.emit('connection', socket);
    },
  };
}
