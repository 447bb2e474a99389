import { connect, type Socket } from 'node:net';
import { AnswerReader, type AnswerSink } from './answer-reader.ts';
import { boundConnecting } from './bound-connecting.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly maxHeaderBytes: number;
}

/** Who a connection works for. */
export interface User extends AnswerSink {
  readonly method: string;
  /** The answer failed; nothing more is told. */
  onBroken(error: Error): void;
}

/**
 * Milliseconds that an idle connection may be used again. Containers close idle ones after some seconds, the most
 * impatient after two: a request must not meet that.
 */
export const LONGEST_IDLE_MS = 1500;
/** So much sooner than a container says is a connection not used any more. */
const BEFORE_HINT_MS = 2000;

const READ_BYTES = 64 * 1024;
const PROBE_AFTER_MS = 60_000;

/** A container that closed the connection. */
export class ConnectionClosed extends Error {
  readonly code = 'ECONNRESET';
}

/** One connection to a container in HTTP/1.1: for one request at a time, and for the next where both sides want that. */
export class ContainerConnection {
  readonly #socket: Socket;
  readonly #reader: AnswerReader;
  readonly #onIdle: (connection: ContainerConnection) => void;
  #user: User | undefined;
  #error: Error | undefined;
  /** Until when it may be used, where it is idle; by `performance.now()`. */
  #goodUntil = 0;

  constructor(
    { host, port, maxHeaderBytes }: ConnectionOptions,
    onIdle: (connection: ContainerConnection) => void,
    onClose: (connection: ContainerConnection) => void,
  ) {
    this.#reader = new AnswerReader(maxHeaderBytes);
    this.#onIdle = onIdle;
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
      // One buffer for all that comes: a stream would make one for each piece.
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (count, buffer) => this.#read((buffer as Buffer).subarray(0, count)),
      },
    });
    boundConnecting(this.#socket);
    this.#socket.on('error', (error) => {
      this.#error = error;
    });
    this.#socket.on('end', () => {
      this.#end();
      this.#socket.destroy();
    });
    this.#socket.on('close', () => {
      onClose(this);
      this.#end();
    });
  }

  isGoodAt(now: number): boolean {
    return now < this.#goodUntil && !this.#socket.destroyed;
  }

  /** Sends a head, which is all of the request. */
  use(user: User, head: string): void {
    this.#user = user;
    this.#reader.expect(user.method, user);
    this.#socket.write(head, 'latin1');
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The container sees its caller go; nothing is told any more. */
  destroy(): void {
    this.#user = undefined;
    this.#reader.stop();
    this.#socket.destroy();
  }

  /** Whoever uses it is told. */
  cut(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): boolean {
    const user = this.#user;
    // Nobody asked for it.
    if (user === undefined) {
      this.#socket.destroy();
      return true;
    }
    let ready = true;
    try {
      ready = this.#reader.read(bytes);
    } catch (error) {
      this.destroy();
      user.onBroken(error as Error);
      return true;
    }
    if (!this.#reader.isOver || this.#user !== user) return ready;
    this.#rest();
    return true;
  }

  #rest(): void {
    this.#user = undefined;
    const { keepAlive, hint = Number.POSITIVE_INFINITY } = this.#reader;
    const idle = Math.min(LONGEST_IDLE_MS, hint - BEFORE_HINT_MS);
    if (!keepAlive || idle <= 0) {
      this.#socket.destroy();
      return;
    }
    this.#goodUntil = performance.now() + idle;
    this.#onIdle(this);
  }

  /** Nothing more comes. */
  #end(): void {
    const user = this.#user;
    if (user === undefined) return;
    this.#user = undefined;
    if (this.#error === undefined && this.#reader.end()) return;
    this.#reader.stop();
    user.onBroken(this.#error ?? new ConnectionClosed('the container closed the connection'));
  }
}
