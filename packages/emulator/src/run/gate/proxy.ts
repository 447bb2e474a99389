import type { Socket } from 'node:net';
import type { CallerResponse } from './caller-request.ts';
import { headersForCaller, trailersOf } from './forwarded-headers.ts';
import { answerInstead, letRestGo } from './own-answers.ts';
import type { Failure } from './rules.ts';
import type { ServedRequest } from './served-request.ts';
import { joinSockets, switchProtocols, type UpgradeSocket } from './switch-protocols.ts';
import type { Trace } from './trace.ts';
import { faultIn, faultInSwitch, plainReason } from './upstream/answer-faults.ts';
import {
  type AnswerHandler,
  type AnswerHead,
  type ContainerClient,
  type ContainerRequest,
  type Exchange,
  RequestTooLarge,
} from './upstream/container-client.ts';
import { mendOf } from './upstream/other-protocol.ts';

export interface Forwarding {
  readonly container: ContainerClient;
  readonly outgoing: ContainerRequest;
  readonly trace: Trace;
  readonly path: string;
  /** Milliseconds for the whole request. */
  readonly timeout: number;
  /** Bytes of an answer that is not chunked. */
  readonly maxResponseBytes: number;
  /** Told when nothing is under way any more. */
  readonly onDone: () => void;
}

const SHORT_BYTES = 16 * 1024;

/**
 * Forwards one request to the container and streams both ways; whoever goes away first takes the other side along.
 * Nothing that goes wrong meanwhile is thrown: it ends this request alone.
 */
export function forward(served: ServedRequest, forwarding: Forwarding): void {
  new Forwarder(served, forwarding).start();
}

class Forwarder implements AnswerHandler {
  readonly #served: ServedRequest;
  readonly #response: CallerResponse;
  readonly #with: Forwarding;
  #exchange: Exchange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waitsForDrain = false;
  #switched = false;
  #done = false;

  constructor(served: ServedRequest, forwarding: Forwarding) {
    this.#served = served;
    this.#response = served.response;
    this.#with = forwarding;
  }

  start(): void {
    const { container, outgoing, timeout } = this.#with;
    if (this.#response.destroyed) {
      this.#gone();
      return;
    }
    this.#timer = setTimeout(onTimeout, timeout, this);
    this.#response.on('close', this.#onClose);
    try {
      const exchange = container.send(outgoing, this);
      if (!this.#done) this.#exchange = exchange;
    } catch (error) {
      this.onFailure(error as Error);
    }
  }

  onHead(head: AnswerHead): void {
    if (this.#done) return;
    try {
      this.#begin(head);
    } catch (error) {
      this.onFailure(error as Error);
    }
  }

  onData(chunk: Buffer, last: boolean): boolean {
    if (this.#done || this.#response.destroyed) return true;
    try {
      return this.#write(chunk, last);
    } catch (error) {
      this.onFailure(error as Error);
      return true;
    }
  }

  onEnd(trailers: readonly string[]): void {
    if (this.#done) return;
    if (!this.#response.headersSent) {
      this.onFailure(new Error('it ended before it began'));
      return;
    }
    try {
      if (!this.#response.writableEnded) {
        if (trailers.length > 0) this.#response.addTrailers(trailersOf(trailers));
        this.#response.end();
      }
    } catch (error) {
      this.onFailure(error as Error);
      return;
    }
    this.#finish();
    letRestGo(this.#served.request);
  }

  onSwitch(head: AnswerHead, connection: Socket, rest: Buffer): void {
    const { upgrade } = this.#served;
    const fault = upgrade === undefined ? 'it switched protocols unasked' : faultInSwitch(head);
    if (this.#done || upgrade === undefined || fault !== undefined) {
      connection.destroy();
      this.onFailure(new Error(fault));
      return;
    }
    try {
      this.#switch(head, upgrade, connection, rest);
    } catch (error) {
      this.onFailure(error as Error);
    }
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
      mend: mendOf(error, this.#served.decided.receiver),
    });
  }

  #begin(head: AnswerHead): void {
    const { status, reason, headers, length } = head;
    const { maxResponseBytes, trace } = this.#with;
    const fault = faultIn(head);
    if (fault !== undefined) {
      this.onFailure(new Error(fault));
      return;
    }
    if (length !== undefined && length > maxResponseBytes) {
      this.#answerInstead(500, {
        rule: 'response-too-large',
        reason: `the answer has ${length} bytes; without chunked encoding ${maxResponseBytes} are allowed`,
        mend: 'Stream the answer, without Content-Length.',
      });
      return;
    }
    this.#response.writeHead(status, plainReason(reason), headersForCaller(headers, trace, status === 204));
    this.#served.tell(status);
    // An event stream's head is wanted before its first event.
    if (length === undefined) this.#response.flushHeaders();
  }

  #write(chunk: Buffer, last: boolean): boolean {
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

  #switch({ headers }: AnswerHead, upgrade: UpgradeSocket, connection: Socket, rest: Buffer): void {
    this.#served.tell(101);
    this.#switched = true;
    this.#response.off('close', this.#onClose);
    this.#exchange = { resume: () => undefined, abort: () => connection.destroy() };
    switchProtocols(upgrade, headers, this.#with.trace);
    joinSockets(upgrade, connection, rest, () => this.#finish());
  }

  /** The caller went away, or has everything. */
  readonly #onClose = () => {
    clearTimeout(this.#timer);
    if (!this.#done && !this.#response.writableFinished) this.#gone();
  };

  #gone(): void {
    this.#served.tellGone();
    this.#abort();
  }

  timeOut(): void {
    if (this.#done) {
      this.#response.destroy();
      return;
    }
    this.#answerInstead(504, {
      rule: 'timed-out',
      reason: `the request took longer than ${this.#with.timeout} ms`,
      mend: 'Answer sooner, or raise the request timeout.',
    });
  }

  /** Ends the exchange; an answer that has begun is broken off, so that nobody takes it for whole. */
  #answerInstead(status: 413 | 500 | 503 | 504, failure: Failure): void {
    const { request, response, upgrade } = this.#served;
    this.#abort();
    this.#served.tell(status, failure);
    if (this.#switched) upgrade?.socket.destroy();
    else answerInstead(request, response, status, this.#with.path);
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
    // A caller has to have read its answer by then, too.
    if (!this.#response.writableEnded || this.#response.writableFinished) clearTimeout(this.#timer);
    this.#with.onDone();
  }
}

function onTimeout(forwarder: Forwarder): void {
  forwarder.timeOut();
}
