import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** A request as a gate reads it, in whichever version of HTTP it came: `IncomingMessage` is one. */
export interface CallerRequest {
  readonly httpVersion: string;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn. */
  readonly rawHeaders: string[];
  readonly rawTrailers: readonly string[];
  /** Whether all of it has arrived. */
  readonly complete: boolean;
  /** Whether all of its body has been read. */
  readonly readableEnded: boolean;
  readonly socket: CallerSocket;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'end', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** What carries a request: a connection, or a stream of one. */
export interface CallerSocket {
  readonly remoteAddress?: string | undefined;
  /** Whether the caller speaks TLS. */
  readonly encrypted?: boolean;
  destroy(): unknown;
}

/** The answer to it: `ServerResponse` is one. */
export interface CallerResponse {
  statusMessage: string;
  /** What it goes out on; in HTTP/1.1 none while an earlier answer does. */
  readonly socket?: unknown;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  writeContinue(): void;
  writeHead(status: number, reason?: string, headers?: OutgoingHttpHeaders | string[]): unknown;
  flushHeaders(): void;
  /** @returns false to wait for `drain` */
  write(chunk: Buffer): boolean;
  addTrailers(trailers: readonly [string, string][]): void;
  end(): unknown;
  end(chunk: Buffer | string): unknown;
  end(text: string, encoding: BufferEncoding): unknown;
  /** Breaks it off, so that nobody takes it for whole. */
  destroy(): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
}
