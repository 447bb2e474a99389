import { type Agent, type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import type { Socket } from 'node:net';
import { trailersOf } from '../forwarded-headers.ts';
import { isBodiless, MOST_INTERIM_ANSWERS } from './answer-faults.ts';
import { boundConnecting } from './bound-connecting.ts';
import {
  type AnswerHandler,
  type AnswerHead,
  type ContainerRequest,
  type Exchange,
  RequestTooLarge,
} from './container-client.ts';
import { otherThanHttp1 } from './other-protocol.ts';

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
  outgoing.maxHeadersCount = 0;
  outgoing.setNoDelay(true);
  outgoing.once('socket', boundConnecting);
  outgoing.flushHeaders();
  return new UploadExchange(outgoing, request, handler);
}

class UploadExchange implements Exchange {
  readonly #outgoing: ClientRequest;
  readonly #request: ContainerRequest;
  readonly #handler: AnswerHandler;
  #answer: IncomingMessage | undefined;
  #left: number;
  #interim = 0;
  #over = false;

  constructor(outgoing: ClientRequest, request: ContainerRequest, handler: AnswerHandler) {
    this.#outgoing = outgoing;
    this.#request = request;
    this.#handler = handler;
    this.#left = request.limit;
    outgoing.on('response', this.#onAnswer);
    outgoing.on('information', this.#onInterimAnswer);
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
    try {
      this.#outgoing.addTrailers(trailersOf(this.#request.body?.rawTrailers ?? []));
      this.#outgoing.end();
    } catch (error) {
      this.#fail(error as Error);
    }
  };

  readonly #onInterimAnswer = () => {
    if (++this.#interim > MOST_INTERIM_ANSWERS) this.#fail(new Error('it never came to its answer'));
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
    this.#handler.onHead(headOf(answer, this.#request.method));
  };

  readonly #onUpgrade = (answer: IncomingMessage, socket: Socket, rest: Buffer) => {
    if (this.#over || this.#request.upgrade === undefined) {
      socket.destroy();
      this.#fail(new Error('the container switched protocols unasked'));
      return;
    }
    this.#end();
    this.#handler.onSwitch(headOf(answer, this.#request.method), socket, rest);
  };

  readonly #fail = (error: Error) => {
    // What comes after the end of an answer is none of it; what has come of it is still to be told.
    if (this.#over || (this.#answer?.complete === true && !(error instanceof RequestTooLarge))) return;
    this.abort();
    this.#handler.onFailure(otherThanHttp1(error));
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

function headOf(answer: IncomingMessage, method: string): AnswerHead {
  const { statusCode: status = 0, statusMessage: reason = '', rawHeaders, headers } = answer;
  const length = headers['content-length'];
  const known = length !== undefined && !isBodiless(status, method);
  return { status, reason, headers: rawHeaders, length: known ? Number(length) : undefined };
}
