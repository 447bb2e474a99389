import { type IncomingMessage, ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { CallerRequest, CallerResponse } from './caller-request.ts';
import { dismiss, foreignOpening } from './foreign-opening.ts';
import { Http2Request } from './http2/http2-request.ts';
import { Http2Response } from './http2/http2-response.ts';
import { type TwoProtocolOptions, TwoProtocolServer } from './http2/two-protocol-server.ts';
import { bareAnswer, hasBody } from './own-answers.ts';
import type { Failure } from './rules.ts';
import type { ServedRequest } from './served-request.ts';
import type { ResolvedGateSettings } from './settings.ts';
import type { UpgradeSocket } from './switch-protocols.ts';

type Limits = Pick<ResolvedGateSettings, 'headersTimeout' | 'maxHeaderBytes'>;

export interface FrontServerOptions {
  readonly settings: Limits;
  readonly onRequest: (request: CallerRequest, response: CallerResponse, upgrade?: UpgradeSocket) => ServedRequest;
  /** Told of bytes that are no request. */
  readonly onRubbish: (status: number, failure: Failure) => void;
}

export interface FrontServer {
  readonly server: TwoProtocolServer;
  /** Cuts the connections that speak another protocol by now, which the server knows no more. */
  cut(): void;
}

/** How a server that faces callers reads them. What it refuses by itself would be told to nobody: so it does not. */
export function frontServerOptions({ headersTimeout, maxHeaderBytes }: Limits): TwoProtocolOptions {
  return {
    headersTimeout,
    // Measured from the head on, where the request is forwarded.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(30_000, headersTimeout / 2),
    maxHeaderSize: maxHeaderBytes,
    requireHostHeader: false,
    shouldUpgradeCallback: isWebSocket,
  };
}

/** A server that hands over every request, whatever it asks for, and lets no error of a connection pass by. */
export function createFrontServer({ settings, onRequest, onRubbish }: FrontServerOptions): FrontServer {
  // A request without a body needs no stream that ends. Node before 24.12 does not know it, and makes one.
  const server = new TwoProtocolServer({ ...frontServerOptions(settings), optimizeEmptyRequests: true });
  // Bounded by their bytes; Node would drop those beyond a count, unseen.
  server.maxHeadersCount = 0;
  const newest = new WeakMap<Duplex, ServedRequest>();
  const taken = new Set<Duplex>();

  const serve = (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', nothing);
    newest.set(request.socket, onRequest(request, response));
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, serve);
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    onRequest(request, take(request, socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const response = take(request, socket);
    onRequest(request, response, { socket, head, detach: () => response.detachSocket(socket) });
  });
  server.on('stream', (stream: ServerHttp2Stream, headers, _flags, raw: readonly string[], socket) => {
    if (raw.reduce((bytes, text) => bytes + text.length, 0) > settings.maxHeaderBytes) {
      onRubbish(431, { rule: 'malformed-request', reason: reasons[431], mend: 'Send fewer or shorter headers.' });
      stream.respond({ ':status': 431, server: 'Google Frontend' }, { endStream: true });
      stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    const request = new Http2Request(stream, { headers, raw }, socket);
    onRequest(request, new Http2Response(stream, request.method));
  });
  server.on('clientError', (error, socket) => refuse(error, socket as Socket));
  server.on('http2Error', () => onRubbish(400, { rule: 'malformed-request', ...noHttp2 }));
  server.on('http2Reset', (requests: number) => onRubbish(400, { rule: 'malformed-request', ...wasReset(requests) }));

  return {
    server,
    cut() {
      for (const socket of taken) socket.destroy();
    },
  };

  /** Answers on a connection that the server has given up. */
  function take(request: IncomingMessage, socket: Socket): ServerResponse {
    taken.add(socket);
    socket.on('close', () => taken.delete(socket));
    socket.on('error', nothing);
    const response = new ServerResponse(request);
    response.on('error', nothing);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.destroySoon());
    return response;
  }

  /** Ends a connection whose bytes cannot be read on; what is under way on it is answered with that, or not at all. */
  function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    const served = newest.get(socket);
    const opening = served === undefined ? foreignOpening(error) : undefined;
    if (opening !== undefined) {
      onRubbish(400, { rule: 'malformed-request', reason: opening.reason, mend: opening.mend });
      dismiss(socket, opening);
      return;
    }
    const status = statusOf(error);
    const broken = served !== undefined && !served.request.complete;
    if (status !== undefined && (broken || socket.bytesRead > 0)) {
      const failure = { rule: 'malformed-request', reason: reasons[status], mend: 'Speak HTTP/1.1.' } as const;
      if (broken) served.tell(status, failure);
      else onRubbish(status, failure);
    }
    if (status !== undefined && socket.writable && isInTurn(served, socket)) socket.write(bareAnswer(status));
    socket.destroy(error);
  }
}

/** Ends a connection whose bytes cannot be read on: in the caller's own protocol, where it has one. */
export function endUnread(error: NodeJS.ErrnoException, socket: Socket): void {
  const opening = foreignOpening(error);
  if (opening !== undefined) {
    dismiss(socket, opening);
    return;
  }
  const status = statusOf(error);
  if (status !== undefined && socket.writable) socket.write(bareAnswer(status));
  socket.destroy(error);
}

const nothing = () => undefined;

/** Whether nobody could take an answer for that to another request. */
function isInTurn(served: ServedRequest | undefined, socket: Socket): boolean {
  if (served === undefined) return true;
  const { request, response } = served;
  return request.complete ? response.writableFinished : response.socket === socket && !response.headersSent;
}

const noHttp2 = { reason: 'the frames are none of HTTP/2', mend: 'Speak HTTP/2 as RFC 9113 has it.' };

const wasReset = (requests: number) => ({
  reason: `${requests === 1 ? 'a request' : `each of ${requests} requests`} in HTTP/2 had no proper head: rubbish, one without its end, a longer one than is read, or none at all`,
  mend: 'Send names in lower case, each pseudo-header once and first, and no field of one connection, as RFC 9113 section 8 has it.',
});

const reasons = {
  400: 'the bytes are no HTTP, or end too soon',
  408: 'the head did not come in time',
  413: 'a chunk has too long an extension',
  431: 'the head is longer than it may be',
} as const;

/** Undefined where it is the connection that failed, not what came on it. */
function statusOf({ code = '' }: NodeJS.ErrnoException): keyof typeof reasons | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code.startsWith('HPE_') ? 400 : undefined;
}

/** Whatever else a caller would like to switch to (Java's client offers h2c) is answered in HTTP/1.1. */
function isWebSocket(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket' && !hasBody(request);
}
