import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { trailersOf } from '../forwarded-headers.ts';
import { fieldsOf } from '../http2/fields.ts';
import { isBodiless, MOST_INTERIM_ANSWERS } from './answer-faults.ts';
import { boundConnecting } from './bound-connecting.ts';
import {
  type AnswerHandler,
  type AnswerHead,
  type ContainerClient,
  type ContainerRequest,
  type Exchange,
  isSafe,
  RequestTooLarge,
} from './container-client.ts';
import { OtherProtocol } from './other-protocol.ts';

export interface Http2Options {
  /** `http://HOST:PORT` */
  readonly address: string;
  readonly maxHeaderBytes: number;
}

/** Header fields that an answer or its trailers may have. */
const MOST_FIELDS = 2000;

/** Sessions whose container took the connection, and has not said anything in HTTP/2 yet: it begins with its settings. */
const silent = new WeakSet<ClientHttp2Session>();

/**
 * Speaks HTTP/2 without TLS with a container (`--use-http2`): one connection, made when it is needed.
 * @see https://docs.cloud.google.com/run/docs/configuring/http2
 */
export function createHttp2Client({ address, maxHeaderBytes }: Http2Options): ContainerClient {
  let session: ClientHttp2Session | undefined;
  const options = {
    // A caller may send a header twice; it is the container's to judge.
    strictSingleValueFields: false,
    settings: { enablePush: false, maxHeaderListSize: maxHeaderBytes },
    maxHeaderListPairs: MOST_FIELDS,
    createConnection: openSocket,
  };

  const connected = () => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const made = connect(address, options);
    // Each stream of it is told; the next request connects anew.
    made.on('error', () => undefined);
    made.on('connect', () => silent.add(made));
    made.on('remoteSettings', () => silent.delete(made));
    made.unref();
    session = made;
    return made;
  };

  return {
    send(request, handler) {
      if (request.upgrade !== undefined) {
        queueMicrotask(() => handler.onFailure(new OtherProtocol('no-web-sockets')));
        return { resume: () => undefined, abort: () => undefined };
      }
      return new Http2Exchange(connected, request, handler, maxHeaderBytes);
    },
    close: () => session?.destroy(),
  };
}

function openSocket({ hostname, port }: URL): Socket {
  const socket = connectSocket({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), noDelay: true });
  boundConnecting(socket);
  return socket;
}

class Http2Exchange implements Exchange {
  readonly #connected: () => ClientHttp2Session;
  #stream: ClientHttp2Stream;
  readonly #request: ContainerRequest;
  readonly #handler: AnswerHandler;
  readonly #maxHeaderBytes: number;
  #interim = 0;
  #over = false;
  /** Whether an answer has begun, or a second attempt was made. */
  #settled = false;
  /** Bytes of the answer that are still to come, where its length is known. */
  #left = Number.NaN;
  #bodyLeft: number;
  #trailers: readonly string[] = [];

  constructor(
    connected: () => ClientHttp2Session,
    request: ContainerRequest,
    handler: AnswerHandler,
    maxHeaderBytes: number,
  ) {
    this.#maxHeaderBytes = maxHeaderBytes;
    this.#connected = connected;
    this.#request = request;
    this.#handler = handler;
    this.#bodyLeft = request.limit;
    this.#stream = this.#open();
    request.body?.on('data', this.#onChunk);
    request.body?.on('end', this.#onBodyEnd);
  }

  #open(): ClientHttp2Stream {
    const session = this.#connected();
    const endStream = this.#request.body === undefined;
    const stream = session.request(headOfRequest(this.#request), { endStream, waitForTrailers: !endStream });
    const onFailure = (error: Error) => {
      if (stream === this.#stream) this.#onFailure(error, session);
    };
    stream.on('headers', this.#onInterimAnswer);
    stream.on('response', (_fields, flags, raw) =>
      this.#onAnswer(raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0),
    );
    stream.on('data', this.#onData);
    stream.on('trailers', (_fields, _flags, raw) => this.#onTrailers(raw));
    stream.on('end', this.#onEnd);
    stream.on('error', onFailure);
    stream.on('close', () => onFailure(new Error('the container closed the stream')));
    stream.on('drain', this.#onDrain);
    stream.on('wantTrailers', this.#onWantTrailers);
    return stream;
  }

  resume(): void {
    this.#stream.resume();
  }

  abort(): void {
    this.#end();
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  readonly #onInterimAnswer = () => {
    if (++this.#interim > MOST_INTERIM_ANSWERS) this.#fail(new Error('it never came to its answer'));
  };

  #onAnswer(raw: readonly string[], ended: boolean): void {
    if (this.#over) return;
    this.#settled = true;
    if (this.#isTooLong(raw)) return;
    const head = headOf(raw, this.#request.method, ended);
    this.#left = head.length ?? Number.NaN;
    this.#handler.onHead(head);
    // Whole with its head; what may come after it is none of it.
    if (isBodiless(head.status, this.#request.method)) this.#settle(ended);
  }

  #onTrailers(raw: readonly string[]): void {
    if (!this.#over && !this.#isTooLong(raw)) this.#trailers = raw;
  }

  /** The session bounds but their number. */
  #isTooLong(raw: readonly string[]): boolean {
    const tooLong = raw.reduce((sum, text) => sum + text.length, 0) > this.#maxHeaderBytes;
    if (tooLong) this.#fail(new Error('its header fields are longer than they may be'));
    return tooLong;
  }

  readonly #onData = (chunk: Buffer) => {
    if (this.#over) return;
    this.#left -= chunk.length;
    if (!this.#handler.onData(chunk, false)) this.#stream.pause();
  };

  readonly #onEnd = () => {
    if (this.#over || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    // A stream that was closed without an error may still have ended too soon.
    if (this.#left > 0) {
      this.#fail(new Error('the answer is shorter than its length'));
      return;
    }
    this.#settle(true);
  };

  #settle(ended: boolean): void {
    if (this.#over) return;
    this.#end();
    // Nobody waits for what of the body has not been sent.
    if (!ended || !this.#stream.writableEnded) this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#handler.onEnd(this.#trailers);
  }

  readonly #onChunk = (chunk: Buffer) => {
    this.#bodyLeft -= chunk.length;
    if (this.#bodyLeft < 0) this.#fail(new RequestTooLarge('the body is larger than the limit'));
    else if (!this.#stream.write(chunk)) this.#request.body?.pause();
  };

  readonly #onDrain = () => {
    this.#request.body?.resume();
  };

  readonly #onBodyEnd = () => {
    this.#stream.end();
  };

  readonly #onWantTrailers = () => {
    try {
      this.#stream.sendTrailers(fieldsOf(trailersOf(this.#request.body?.rawTrailers ?? []).flat()));
    } catch (error) {
      this.#fail(error as Error);
    }
  };

  /** A container may close the connection while a request is on its way to it. @see RFC 9113 section 8.7 */
  #onFailure(error: Error, session: ClientHttp2Session): void {
    const again = !this.#over && !this.#settled && isSafe(this.#request.method) && this.#request.body === undefined;
    if (!again || !(session.closed || session.destroyed)) {
      this.#fail(silent.has(session) ? new OtherProtocol(this.#request.grpc ? 'no-grpc' : 'no-http2') : error);
      return;
    }
    this.#settled = true;
    try {
      this.#stream = this.#open();
    } catch (failure) {
      this.#fail(failure as Error);
    }
  }

  readonly #fail = (error: Error) => {
    if (this.#over) return;
    this.abort();
    this.#handler.onFailure(error);
  };

  /** Tells nothing more, and leaves the caller's body to others. */
  #end(): void {
    this.#over = true;
    this.#request.body?.off('data', this.#onChunk);
    this.#request.body?.off('end', this.#onBodyEnd);
  }
}

/** Names and values in turn. Names are in lower case there. */
function headOfRequest({ method, target, authority, headers, length }: ContainerRequest): string[] {
  const fields = [':method', method, ':path', target, ':scheme', 'http'];
  if (authority !== '') fields.push(':authority', authority);
  // gRPC asks for it, and the caller's own was for one hop.
  fields.push('te', 'trailers');
  if (length !== undefined) fields.push('content-length', length);
  for (let index = 0; index < headers.length; index += 2)
    fields.push((headers[index] as string).toLowerCase(), headers[index + 1] as string);
  return fields;
}

/** @param ended whether nothing follows it: gRPC knows an answer that is all trailers by that */
function headOf(raw: readonly string[], method: string, ended: boolean): AnswerHead {
  const headers: string[] = [];
  let status = 0;
  let length = ended ? 0 : undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const [name, value] = [raw[index] as string, raw[index + 1] as string];
    if (name === ':status') status = Number(value);
    if (name.startsWith(':')) continue;
    if (name === 'content-length') length = Number(value);
    headers.push(name, value);
  }
  return { status, reason: '', headers, length: isBodiless(status, method) ? undefined : length };
}
