import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { headersForCaller } from './forwarded-headers.ts';
import { letRestGo, sendFailure, sendRefusal } from './own-answers.ts';
import type { Rule } from './rules.ts';
import { joinSockets, switchProtocols, type UpgradeSocket } from './switch-protocols.ts';
import type { Trace } from './trace.ts';
import {
  type AnswerHandler,
  type AnswerHead,
  type ContainerClient,
  type ContainerRequest,
  type Exchange,
  RequestTooLarge,
} from './upstream/container-client.ts';

/** Why a request failed that IAM had let through. */
export interface Failure {
  readonly rule: Rule;
  readonly reason: string;
  readonly mend: string;
}

export interface Forwarding {
  readonly container: ContainerClient;
  readonly outgoing: ContainerRequest;
  readonly trace: Trace;
  readonly path: string;
  /** Milliseconds for the whole request. */
  readonly timeout: number;
  /** Bytes of an answer that is not chunked. */
  readonly maxResponseBytes: number;
  /** The caller's connection, where it asks for another protocol. */
  readonly upgrade: UpgradeSocket | undefined;
  /** Told the status, once, as soon as it is known. */
  readonly onStatus: (status: number, failure?: Failure) => void;
  /** Told when nothing is under way any more. */
  readonly onDone: () => void;
}

const SHORT_BYTES = 16 * 1024;

/** Forwards one request to the container and streams both ways; whoever goes away first takes the other side along. */
export function forward(request: IncomingMessage, response: ServerResponse, forwarding: Forwarding): void {
  new Forwarder(request, response, forwarding).start();
}

class Forwarder implements AnswerHandler {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #with: Forwarding;
  #exchange: Exchange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waitsForDrain = false;
  #switched = false;
  #done = false;

  constructor(request: IncomingMessage, response: ServerResponse, forwarding: Forwarding) {
    this.#request = request;
    this.#response = response;
    this.#with = forwarding;
  }

  start(): void {
    const { container, outgoing, timeout } = this.#with;
    if (this.#response.destroyed) {
      this.#finish();
      return;
    }
    this.#timer = setTimeout(onTimeout, timeout, this);
    this.#response.on('close', this.#onClose);
    const exchange = container.send(outgoing, this);
    if (!this.#done) this.#exchange = exchange;
  }

  onHead({ status, reason, headers, length }: AnswerHead): void {
    const { maxResponseBytes, onStatus, trace } = this.#with;
    if (length !== undefined && length > maxResponseBytes) {
      this.#answerInstead(500, {
        rule: 'response-too-large',
        reason: `the answer has ${length} bytes; without chunked encoding ${maxResponseBytes} are allowed`,
        mend: 'Stream the answer, without Content-Length.',
      });
      return;
    }
    onStatus(status);
    this.#response.writeHead(status, reason, headersForCaller(headers, trace));
    // An event stream's head is wanted before its first event.
    if (length === undefined) this.#response.flushHeaders();
  }

  onData(chunk: Buffer, last: boolean): boolean {
    if (this.#done || this.#response.destroyed) return true;
    if (last) {
      // A short text goes out in one write with the head; a buffer would need two.
      if (chunk.length > SHORT_BYTES) this.#response.end(chunk);
      else this.#response.end(chunk.toString('latin1'), 'latin1');
      return true;
    }
    if (this.#response.write(chunk)) return true;
    if (!this.#waitsForDrain) {
      this.#waitsForDrain = true;
      this.#response.once('drain', () => {
        this.#waitsForDrain = false;
        this.#exchange?.resume();
      });
    }
    return false;
  }

  onEnd(trailers: readonly string[]): void {
    if (this.#done) return;
    this.#finish();
    if (!this.#response.writableEnded) {
      if (trailers.length > 0) this.#response.addTrailers(pairsOf(trailers));
      this.#response.end();
    }
    letRestGo(this.#request);
  }

  onSwitch(head: AnswerHead, connection: Socket, rest: Buffer): void {
    const { upgrade, onStatus, trace } = this.#with;
    if (upgrade === undefined) {
      connection.destroy();
      this.onFailure(new Error('the container switched protocols unasked'));
      return;
    }
    onStatus(101);
    this.#switched = true;
    this.#response.off('close', this.#onClose);
    this.#exchange = { resume: () => undefined, abort: () => connection.destroy() };
    switchProtocols(this.#response, upgrade, head.headers, trace);
    joinSockets(upgrade, connection, rest, () => this.#finish());
  }

  onFailure(error: Error): void {
    if (this.#done) return;
    if (error instanceof RequestTooLarge) {
      this.#answerInstead(413, {
        rule: 'request-too-large',
        reason: `the body has more than ${this.#with.outgoing.limit} bytes`,
        mend: 'Send less, or let the service speak HTTP/2.',
      });
      return;
    }
    this.#answerInstead(503, {
      rule: 'container-failed',
      reason: `the container gave no proper answer: ${error.message}`,
      mend: 'Read the log of the service.',
    });
  }

  /** The caller went away, or has everything. */
  readonly #onClose = () => {
    if (!this.#done && !this.#response.writableFinished) this.#abort();
  };

  timeOut(): void {
    this.#answerInstead(504, {
      rule: 'timed-out',
      reason: `the request took longer than ${this.#with.timeout} ms`,
      mend: 'Answer sooner, or raise the request timeout.',
    });
  }

  /** Ends the exchange; an answer that has begun is broken off, so that nobody takes it for whole. */
  #answerInstead(status: 413 | 500 | 503 | 504, failure: Failure): void {
    const { upgrade, onStatus, path } = this.#with;
    const begun = this.#response.headersSent || this.#switched;
    this.#abort();
    if (begun) {
      this.#response.destroy();
      upgrade?.socket.destroy();
      return;
    }
    onStatus(status, failure);
    if (status === 413 || status === 500) sendRefusal(this.#request, this.#response, status, path);
    else sendFailure(this.#request, this.#response, status);
  }

  #abort(): void {
    const exchange = this.#exchange;
    this.#finish();
    exchange?.abort();
  }

  /** Nothing is told or done twice; the connection may serve another request from here on. */
  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#exchange = undefined;
    clearTimeout(this.#timer);
    this.#with.onDone();
  }
}

function onTimeout(forwarder: Forwarder): void {
  forwarder.timeOut();
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < flat.length; index += 2) pairs.push([flat[index] as string, flat[index + 1] as string]);
  return pairs;
}
