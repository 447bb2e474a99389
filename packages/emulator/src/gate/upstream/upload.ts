import { type Agent, type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import type { Socket } from 'node:net';
import { mayTrail } from '../forwarded-headers.ts';
import {
  type AnswerHandler,
  type AnswerHead,
  CONNECT_TIMEOUT_MS,
  type ContainerRequest,
  type Exchange,
  RequestTooLarge,
} from './container-client.ts';

export interface UploadOptions {
  /** `http://HOST:PORT` */
  readonly address: string;
  readonly agent: Agent;
  readonly maxHeaderBytes: number;
}

/** Sends a request with a body, or one that asks for another protocol, and tells what comes back. */
export function startUpload(request: ContainerRequest, handler: AnswerHandler, options: UploadOptions): Exchange {
  const { method, target, upgrade } = request;
  const outgoing = send(options.address, {
    method,
    path: target,
    agent: upgrade === undefined ? options.agent : false,
    headers: headersOf(request),
    setHost: false,
    maxHeaderSize: options.maxHeaderBytes,
  });
  outgoing.setNoDelay(true);
  outgoing.once('socket', boundConnecting);
  outgoing.flushHeaders();
  return new UploadExchange(outgoing, request, handler);
}

function boundConnecting(socket: Socket): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => socket.destroy(new Error('the container took no connection')), CONNECT_TIMEOUT_MS);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
}

class UploadExchange implements Exchange {
  readonly #outgoing: ClientRequest;
  readonly #request: ContainerRequest;
  readonly #handler: AnswerHandler;
  #answer: IncomingMessage | undefined;
  #left: number;
  #over = false;

  constructor(outgoing: ClientRequest, request: ContainerRequest, handler: AnswerHandler) {
    this.#outgoing = outgoing;
    this.#request = request;
    this.#handler = handler;
    this.#left = request.limit;
    outgoing.on('response', this.#onAnswer);
    outgoing.on('upgrade', this.#onUpgrade);
    outgoing.on('error', this.#fail);
    outgoing.on('close', () => this.#fail(new Error('the container closed the connection')));
    outgoing.on('drain', this.#onDrain);
    request.body?.on('data', this.#onChunk);
    request.body?.on('end', this.#onBodyEnd);
    if (request.body === undefined) outgoing.end();
  }

  resume(): void {
    this.#answer?.resume();
  }

  abort(): void {
    this.#end();
    this.#outgoing.destroy();
  }

  readonly #onChunk = (chunk: Buffer) => {
    this.#left -= chunk.length;
    if (this.#left < 0) this.#fail(new RequestTooLarge('the body is larger than the limit'));
    else if (!this.#outgoing.write(chunk)) this.#request.body?.pause();
  };

  readonly #onDrain = () => {
    this.#request.body?.resume();
  };

  readonly #onBodyEnd = () => {
    const { rawTrailers = [] } = this.#request.body ?? {};
    const trailers: [string, string][] = [];
    for (let index = 0; index < rawTrailers.length; index += 2) {
      const name = rawTrailers[index] as string;
      if (mayTrail(name)) trailers.push([name, rawTrailers[index + 1] as string]);
    }
    this.#outgoing.addTrailers(trailers);
    this.#outgoing.end();
  };

  readonly #onAnswer = (answer: IncomingMessage) => {
    if (this.#over) return;
    if (answer.statusCode === 101) {
      this.#fail(new Error('the container switched to no protocol'));
      return;
    }
    this.#answer = answer;
    answer.on('data', (chunk: Buffer) => {
      if (!this.#over && !this.#handler.onData(chunk, false)) answer.pause();
    });
    answer.on('end', () => {
      if (this.#over) return;
      // Whatever of the body has not been sent, nobody waits for any more.
      const sentWhole = this.#request.body?.readableEnded !== false;
      this.#end();
      if (!sentWhole) this.#outgoing.destroy();
      this.#handler.onEnd(answer.rawTrailers);
    });
    answer.on('error', this.#fail);
    this.#handler.onHead(headOf(answer));
  };

  readonly #onUpgrade = (answer: IncomingMessage, socket: Socket, rest: Buffer) => {
    if (this.#over || this.#request.upgrade === undefined) {
      socket.destroy();
      this.#fail(new Error('the container switched protocols unasked'));
      return;
    }
    this.#end();
    this.#handler.onSwitch(headOf(answer), socket, rest);
  };

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

function headersOf({ authority, headers, length, upgrade, body }: ContainerRequest): string[] {
  const sent = ['host', authority, ...headers];
  if (upgrade !== undefined) return [...sent, 'connection', 'Upgrade', 'upgrade', upgrade];
  if (length !== undefined) sent.push('content-length', length);
  else if (body !== undefined) sent.push('transfer-encoding', 'chunked');
  return [...sent, 'connection', 'keep-alive'];
}

function headOf({ statusCode = 0, statusMessage = '', rawHeaders, headers }: IncomingMessage): AnswerHead {
  const length = headers['content-length'];
  return {
    status: statusCode,
    reason: statusMessage,
    headers: rawHeaders,
    length: length === undefined ? undefined : Number(length),
  };
}
