import { Agent } from 'node:http';
import {
  type AnswerHandler,
  type AnswerHead,
  type ContainerClient,
  type ContainerRequest,
  type Exchange,
  isSafe,
} from './container-client.ts';
import { ConnectionClosed, ContainerConnection, LONGEST_IDLE_MS, type User } from './container-connection.ts';
import { otherThanHttp1 } from './other-protocol.ts';
import { startUpload } from './upload.ts';

export interface Http1Options {
  /** `http://HOST:PORT` */
  readonly address: string;
  readonly maxHeaderBytes: number;
}

/**
 * Speaks HTTP/1.1 with a container: one request at a time on each connection, connections kept alive. Requests without
 * a body, which are nearly all, are written in one piece and their answers read by a reader of our own: what a general
 * client does for each of them (streams, timers, a second check of every header) took as long as all of the gate. Those
 * with a body, and WebSockets, go through node:http.
 */
export function createHttp1Client({ address, maxHeaderBytes }: Http1Options): ContainerClient {
  const connections = new Connections(address, maxHeaderBytes);
  const agent = new Agent({ keepAlive: true, timeout: LONGEST_IDLE_MS });
  return {
    send(request, handler) {
      if (request.body !== undefined || request.upgrade !== undefined)
        return startUpload(request, handler, { address, agent, maxHeaderBytes });
      const exchange = new Http1Exchange(request, handler, connections);
      connections.enqueue(exchange);
      return exchange;
    },
    close() {
      connections.close();
      agent.destroy();
    },
  };
}

class Connections {
  readonly #where: { readonly host: string; readonly port: number; readonly maxHeaderBytes: number };
  readonly #all = new Set<ContainerConnection>();
  /** Those used last are taken first. */
  #idle: ContainerConnection[] = [];
  #due: Http1Exchange[] = [];
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(address: string, maxHeaderBytes: number) {
    const { hostname, port } = new URL(address);
    this.#where = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), maxHeaderBytes };
  }

  /**
   * Brings a request on its way when everything that has come by now was read: an idle connection that was closed, or
   * on which something came that nobody asked for, is not used.
   */
  enqueue(exchange: Http1Exchange): void {
    if (this.#due.push(exchange) === 1) setImmediate(this.#send);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#sweeper);
    for (const connection of this.#all) connection.cut();
  }

  readonly #send = () => {
    const due = this.#due;
    this.#due = [];
    const now = performance.now();
    for (const exchange of due) if (!exchange.isOver) this.#begin(exchange, now);
  };

  #begin(exchange: Http1Exchange, now: number): void {
    try {
      if (this.#closed) throw new ConnectionClosed('the container is stopped');
      exchange.begin(this.#take(now));
    } catch (error) {
      exchange.onBroken(error as Error);
    }
  }

  #take(now: number): ContainerConnection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isGoodAt(now)) return idle;
      idle.destroy();
    }
    const made = new ContainerConnection(this.#where, this.#onIdle, this.#onClose);
    this.#all.add(made);
    return made;
  }

  readonly #onIdle = (connection: ContainerConnection) => {
    this.#idle.push(connection);
    this.#sweeper ??= setTimeout(this.#sweep, LONGEST_IDLE_MS).unref();
  };

  readonly #onClose = (connection: ContainerConnection) => {
    this.#all.delete(connection);
  };

  readonly #sweep = () => {
    const now = performance.now();
    for (const connection of this.#idle) if (!connection.isGoodAt(now)) connection.destroy();
    this.#idle = this.#idle.filter((connection) => connection.isGoodAt(now));
    this.#sweeper = this.#idle.length === 0 ? undefined : setTimeout(this.#sweep, LONGEST_IDLE_MS).unref();
  };
}

/** One request without a body, and its answer. */
class Http1Exchange implements Exchange, User {
  readonly method: string;
  readonly #head: string;
  readonly #handler: AnswerHandler;
  readonly #connections: Connections;
  #connection: ContainerConnection | undefined;
  #over = false;
  /** Whether an answer has begun, or a second attempt was made. */
  #settled = false;

  constructor(request: ContainerRequest, handler: AnswerHandler, connections: Connections) {
    this.method = request.method;
    this.#head = headOf(request);
    this.#handler = handler;
    this.#connections = connections;
  }

  get isOver(): boolean {
    return this.#over;
  }

  begin(connection: ContainerConnection): void {
    this.#connection = connection;
    connection.use(this, this.#head);
  }

  resume(): void {
    this.#connection?.resume();
  }

  abort(): void {
    this.#over = true;
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  onHead(head: AnswerHead): void {
    this.#settled = true;
    this.#handler.onHead(head);
  }

  onData(chunk: Buffer, last: boolean): boolean {
    return this.#handler.onData(chunk, last);
  }

  onEnd(trailers: readonly string[]): void {
    this.#over = true;
    this.#connection = undefined;
    this.#handler.onEnd(trailers);
  }

  onBroken(error: Error): void {
    if (this.#over) return;
    this.#connection = undefined;
    // A container may close a connection while a request is on its way to it. RFC 9112 section 9.3.1
    if (!this.#settled && isSafe(this.method) && isClosed(error)) {
      this.#settled = true;
      this.#connections.enqueue(this);
      return;
    }
    this.#over = true;
    this.#handler.onFailure(otherThanHttp1(error));
  }
}

function isClosed({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Methods whose requests say that they have no body. @see RFC 9110 section 8.6 */
const saysLength: ReadonlySet<string> = new Set(['PUT', 'POST', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH']);

/**
 * All of a request. After an answer to HEAD, which a container may send a body behind, the connection is closed.
 * @throws where something would end a line, or its words, too soon: whoever read the request should have refused it
 */
function headOf({ method, target, authority, headers }: ContainerRequest): string {
  const connection = method === 'HEAD' ? 'close' : 'keep-alive';
  let head = `${method} ${target} HTTP/1.1\r\nhost: ${authority}\r\nconnection: ${connection}\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  const lines = 3 + headers.length / 2;
  if (countOf('\n', head) !== lines || countOf('\r', head) !== lines || head.includes('\0') || target.includes(' '))
    throw new Error('the request has a line break in a line');
  return saysLength.has(method) ? `${head}content-length: 0\r\n\r\n` : `${head}\r\n`;
}

function countOf(letter: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) count++;
  return count;
}
