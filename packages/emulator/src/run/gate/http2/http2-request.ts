import type { IncomingHttpHeaders } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { CallerRequest, CallerSocket } from '../caller-request.ts';

/** A request as it came in HTTP/2: its headers, and names and values in turn, pseudo-headers included. */
export interface Http2Head {
  readonly headers: IncomingHttpHeaders;
  readonly raw: readonly string[];
}

/**
 * A request that came in HTTP/2, as HTTP/1.1 would have it: `:authority` is its Host, and a cookie in crumbs is one.
 * Whatever is no field of HTTP/2 has been refused before: nghttp2 takes no line breaks, NULs, blanks or colons in names
 * or values, no capitals, no pseudo-header twice or behind a field, none of one connection, and no body that differs from
 * its length.
 * @see RFC 9113 section 8
 */
export class Http2Request implements CallerRequest {
  readonly httpVersion = '2.0';
  readonly method: string;
  readonly url: string;
  readonly scheme: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[] = [];
  readonly hasBody: boolean;
  readonly socket: CallerSocket;
  readonly #stream: ServerHttp2Stream;
  #rawTrailers: readonly string[] = [];

  /** @param connection which the stream is of */
  constructor(stream: ServerHttp2Stream, { headers, raw }: Http2Head, connection: CallerSocket) {
    this.#stream = stream;
    this.headers = headers;
    this.hasBody = !stream.endAfterHeaders;
    this.method = one(headers, ':method');
    this.url = one(headers, ':path');
    this.scheme = one(headers, ':scheme');
    const authority = headers[':authority'] as string | undefined;
    if (authority !== undefined) {
      headers.host = authority;
      this.rawHeaders.push('host', authority);
    }
    this.#keep(raw, authority);
    const { remoteAddress, encrypted = false } = connection;
    this.socket = { remoteAddress, encrypted, destroy: () => stream.close(constants.NGHTTP2_NO_ERROR) };
    if (this.hasBody)
      stream.on('trailers', (_fields, _flags, sent) => {
        this.#rawTrailers = sent;
      });
  }

  /** A Host that differs from `:authority` stays, and makes two of them. @see RFC 9113 section 8.3.1 */
  #keep(raw: readonly string[], authority: string | undefined): void {
    const crumbs: string[] = [];
    for (let index = 0; index < raw.length; index += 2) {
      const [name, value] = [raw[index] as string, raw[index + 1] as string];
      if (name.startsWith(':') || (name === 'host' && value === authority)) continue;
      if (name === 'cookie') crumbs.push(value);
      else this.rawHeaders.push(name, value);
    }
    // An empty one would leave a blank at the end, which containers that speak HTTP/2 take for no field.
    const cookie = crumbs.filter((crumb) => crumb !== '').join('; ');
    if (cookie !== '') this.rawHeaders.push('cookie', cookie);
  }

  get rawTrailers(): readonly string[] {
    return this.#rawTrailers;
  }

  get complete(): boolean {
    return !this.hasBody || this.#stream.readableEnded;
  }

  get readableEnded(): boolean {
    return this.#stream.readableEnded;
  }

  on(event: 'data' | 'end', listener: (chunk: Buffer) => void): void {
    this.#stream.on(event, listener);
  }

  off(event: 'data' | 'end', listener: (chunk: Buffer) => void): void {
    this.#stream.off(event, listener);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Tells the caller, once it has its whole answer, that nobody reads the rest. @see RFC 9113 section 8.1 */
  stop(): void {
    if (this.complete) return;
    this.resume();
    this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }
}

function one(headers: IncomingHttpHeaders, name: string): string {
  return (headers[name] as string | undefined) ?? '';
}
