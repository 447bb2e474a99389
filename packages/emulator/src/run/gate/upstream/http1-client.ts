import { Agent, type IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { isBodiless, MOST_INTERIM_ANSWERS } from './answer-faults.ts';
import {
  type AnswerHandler,
  CONNECT_TIMEOUT_MS,
  type ContainerClient,
  type ContainerRequest,
  type Exchange,
  isSafe,
} from './container-client.ts';
import { otherThanHttp1 } from './other-protocol.ts';
import { startUpload } from './upload.ts';

export interface Http1Options {
  /** `http://HOST:PORT` */
  readonly address: string;
  readonly maxHeaderBytes: number;
}

/**
 * Milliseconds that an idle connection may be used again. Containers close idle ones after some seconds, the most
 * impatient after two: a request must not meet that.
 */
const LONGEST_IDLE_MS = 1500;

/**
 * Speaks HTTP/1.1 with a container: one request at a time on each connection, connections kept alive. Requests
 * without a body go through undici, which is fast; those with one, and WebSockets, through node:http, which sends
 * the head before the body has begun and passes trailers.
 */
export function createHttp1Client({ address, maxHeaderBytes }: Http1Options): ContainerClient {
  const pool = new Pool(address, {
    pipelining: 1,
    allowH2: false,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: LONGEST_IDLE_MS,
    keepAliveMaxTimeout: LONGEST_IDLE_MS,
    // The gate's own timer covers the whole request.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: maxHeaderBytes,
  });
  const agent = new Agent({ keepAlive: true, timeout: LONGEST_IDLE_MS });
  return {
    send(request, handler) {
      if (request.body !== undefined || request.upgrade !== undefined)
        return startUpload(request, handler, { address, agent, maxHeaderBytes });
      const exchange = new Http1Exchange(request, handler, pool);
      pool.dispatch(exchange.options, exchange);
      return exchange;
    },
    close() {
      void pool.destroy().catch(() => undefined);
      agent.destroy();
    },
  };
}

/** One request without a body and its answer, as undici's handler. */
class Http1Exchange implements Exchange, Dispatcher.DispatchHandler {
  readonly options: Dispatcher.DispatchOptions;
  readonly #handler: AnswerHandler;
  readonly #pool: Pool;
  #controller: Dispatcher.DispatchController | undefined;
  /** Bytes of the answer that are still to come, where its length is known. */
  #left = Number.NaN;
  #interim = 0;
  #over = false;
  /** Whether an answer has begun, or a second attempt was made. */
  #settled = false;

  constructor({ method, target, authority, headers, length }: ContainerRequest, handler: AnswerHandler, pool: Pool) {
    this.#handler = handler;
    this.#pool = pool;
    headers.push('host', authority);
    if (length !== undefined) headers.push('content-length', length);
    this.options = { method: method as Dispatcher.HttpMethod, path: target, headers, body: null };
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    this.#over = true;
    this.#controller?.abort(new Error('the caller went away'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error('the caller went away'));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    sent: IncomingHttpHeaders,
    reason = '',
  ): void {
    if (this.#over) return;
    // Interim answers are for the hop to the container.
    if (status >= 100 && status < 200) {
      if (++this.#interim > MOST_INTERIM_ANSWERS) controller.abort(new Error('it never came to its answer'));
      return;
    }
    this.#settled = true;
    const headers = flat(sent);
    const length = isBodiless(status, this.options.method) ? undefined : lengthIn(headers);
    this.#left = length ?? Number.NaN;
    this.#handler.onHead({ status, reason, headers, length });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#left -= chunk.length;
    if (!this.#handler.onData(chunk, this.#left === 0)) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#handler.onEnd(trailers === undefined ? none : flat(trailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    // A container may close a connection while a request is on its way to it. RFC 9112 section 9.3.1
    if (!this.#settled && isSafe(this.options.method) && isClosed(error)) {
      this.#settled = true;
      this.#pool.dispatch(this.options, this);
      return;
    }
    this.#over = true;
    this.#handler.onFailure(otherThanHttp1(error));
  }
}

function isClosed(error: NodeJS.ErrnoException): boolean {
  return error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET';
}

const none: readonly string[] = [];

/** Names and values in turn. */
function flat(fields: IncomingHttpHeaders): string[] {
  const all: string[] = [];
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (typeof value === 'string') all.push(name, value);
    else for (const one of value ?? []) all.push(name, one);
  }
  return all;
}

function lengthIn(headers: readonly string[]): number | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name === 'content-length') return Number(headers[index + 1]);
  }
  return undefined;
}
