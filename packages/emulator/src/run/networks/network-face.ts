import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endUnread, frontServerOptions } from '../gate/front-server.ts';
import { TwoProtocolServer } from '../gate/http2/two-protocol-server.ts';
import { sendRefusal } from '../gate/own-answers.ts';
import { hostOf, readHost } from '../gate/request-target.ts';
import type { ResolvedGateSettings } from '../gate/settings.ts';
import type { ServiceNetworks } from './service-networks.ts';
import { createToHttps } from './to-https.ts';

export interface NetworkFaceOptions {
  readonly networks: ServiceNetworks;
  readonly settings: ResolvedGateSettings;
  /** The metadata server of a service. */
  readonly metadataOf: (service: string) => Server | undefined;
  /** The gate for a host name; undefined where it is none of a service. */
  readonly gateOf: (host: string) => Server | undefined;
  /** Google's public keys, as `www.googleapis.com` has them. */
  readonly publicKeys: Server;
  /** Whether a name answers by https, so that it is not here. */
  readonly isOfHttps?: (host: string) => boolean;
}

/** Where services find Google's public keys, by local addresses without TLS. */
export const PUBLIC_KEYS_HOST = 'www.googleapis.com';

/**
 * What a service meets on its own network, on one port: the gates of the others by their host names, Google's public
 * keys, and under every other name its own metadata server. Who is asking is told by the network alone.
 */
export function createNetworkFace(options: NetworkFaceOptions): Server {
  const { networks, settings, metadataOf, publicKeys, isOfHttps = () => false } = options;
  const gateOf = (host: string) => (isOfHttps(host) ? undefined : options.gateOf(host));
  const toHttps = createToHttps();
  const callers = new WeakMap<Duplex, string>();
  const server = new TwoProtocolServer(frontServerOptions(settings));
  server.maxHeadersCount = 0;
  server.on('connection', (socket) => {
    const caller = networks.callerOn(socket);
    if (caller === undefined) socket.destroy();
    else callers.set(socket, caller);
  });
  server.on('clientError', (error, socket) => endUnread(error, socket as Socket));
  server.on('request', (request, response) => {
    const target = serverFor(request);
    if (target === undefined) refuse(request, response);
    else target.emit('request', request, response);
  });
  server.on('checkContinue', (request, response) => {
    const target = serverFor(request);
    if (target === undefined) return refuse(request, response);
    if (target.emit('checkContinue', request, response)) return;
    response.writeContinue();
    target.emit('request', request, response);
  });
  server.on('checkExpectation', (request, response) => {
    if (!serverFor(request)?.emit('checkExpectation', request, response)) refuse(request, response, 417);
  });
  for (const event of ['upgrade', 'connect'])
    server.on(event, (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (!serverFor(request)?.emit(event, request, socket, head)) socket.destroy();
    });
  // Gates alone speak HTTP/2.
  server.on('stream', (stream, headers, flags, raw, socket) => {
    const host = hostOf(headers[':authority'] ?? headers.host ?? '');
    if (!callers.has(socket) || gateOf(host)?.emit('stream', stream, headers, flags, raw, socket) !== true)
      stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED);
  });
  return server;

  function serverFor(request: IncomingMessage): Server | undefined {
    const host = readHost(request);
    const caller = callers.get(request.socket);
    if (host === undefined || caller === undefined) return undefined;
    if (isOfHttps(host)) return toHttps;
    if (host === PUBLIC_KEYS_HOST) return publicKeys;
    return gateOf(host) ?? metadataOf(caller);
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, status: 400 | 417 = 400): void {
  sendRefusal(request, response, status, '/');
}
