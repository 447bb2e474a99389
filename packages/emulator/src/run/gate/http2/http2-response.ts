import type { OutgoingHttpHeaders } from 'node:http';
import { constants, type OutgoingHttpHeaders as Fields, type ServerHttp2Stream } from 'node:http2';
import type { CallerResponse } from '../caller-request.ts';
import { fieldsOf } from './fields.ts';

/** Statuses whose answers end with their heads. @see RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5 */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * An answer in HTTP/2. Its head waits for what comes after it, so that an answer without a body is a single frame: gRPC
 * knows one that has nothing but trailers by that.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
 */
export class Http2Response implements CallerResponse {
  /** HTTP/2 has none. */
  statusMessage = '';
  readonly #stream: ServerHttp2Stream;
  readonly #toHead: boolean;
  #status = 200;
  #fields: Fields | undefined;
  #trailers: Fields | undefined;
  /** By us: a reset of the caller's makes Node end the stream, too, as if all had been written. */
  #ended = false;

  /** @param method of the request */
  constructor(stream: ServerHttp2Stream, method: string) {
    this.#stream = stream;
    this.#toHead = method === 'HEAD';
  }

  /** As in HTTP/1.1: its head is settled. */
  get headersSent(): boolean {
    return this.#fields !== undefined;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  get writableEnded(): boolean {
    return this.#stream.headersSent && this.#stream.writableEnded;
  }

  get writableFinished(): boolean {
    return this.#ended && this.#stream.headersSent && this.#stream.writableFinished;
  }

  writeContinue(): void {
    if (!this.destroyed) this.#stream.additionalHeaders({ ':status': 100 });
  }

  writeHead(status: number, _reason?: string, headers: OutgoingHttpHeaders | string[] = []): void {
    this.#status = status;
    const fields = fieldsOf(Array.isArray(headers) ? headers : Object.entries(headers).flat());
    fields[':status'] = status;
    this.#fields = fields;
  }

  flushHeaders(): void {
    this.#respond(true);
  }

  write(chunk: Buffer): boolean {
    this.#respond(true);
    return this.#isBodiless || this.#stream.write(chunk);
  }

  addTrailers(trailers: readonly [string, string][]): void {
    this.#trailers = fieldsOf(trailers.flat());
  }

  end(chunk: Buffer | string = '', encoding: BufferEncoding = 'utf8'): void {
    this.#ended = true;
    const trails = this.#trailers !== undefined;
    this.#respond(trails, chunk.length === 0 && !trails);
    if (this.#stream.writableEnded) return;
    if (typeof chunk === 'string') this.#stream.end(chunk, encoding);
    else this.#stream.end(chunk);
  }

  destroy(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  on(event: 'close' | 'drain', listener: () => void): void {
    this.#stream.on(event, listener);
  }

  once(event: 'close' | 'drain', listener: () => void): void {
    this.#stream.once(event, listener);
  }

  off(event: 'close' | 'drain', listener: () => void): void {
    this.#stream.off(event, listener);
  }

  get #isBodiless(): boolean {
    return this.#toHead || bodiless.has(this.#status);
  }

  /** @param mayTrail whether trailers may follow @param ended whether nothing does */
  #respond(mayTrail: boolean, ended = false): void {
    const stream = this.#stream;
    if (stream.headersSent || this.destroyed) return;
    const endStream = ended || this.#isBodiless;
    this.#ended ||= endStream;
    const waitForTrailers = mayTrail && !endStream;
    stream.respond(this.#fields, { endStream, waitForTrailers });
    if (waitForTrailers) stream.once('wantTrailers', () => stream.sendTrailers(this.#trailers ?? {}));
  }
}
