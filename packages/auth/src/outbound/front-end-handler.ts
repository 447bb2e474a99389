import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { FrontEndError, type FrontEndStatus } from '../errors.ts';
import { isFrontEndPage, mayBeFrontEndPage, PAGE_LIMIT } from './front-end.ts';
import type { IdToken } from './id-token.ts';

type Controller = Dispatcher.DispatchController;
type Handler = Dispatcher.DispatchHandler;

/** The beginning of a response that may be the front end's page: kept back until it is known. */
interface HeldBack {
  readonly status: FrontEndStatus;
  readonly headers: IncomingHttpHeaders;
  readonly message: string | undefined;
  readonly chunks: Buffer[];
  length: number;
}

/** Stands before a handler of undici, and turns the pages of Cloud Run's front end into errors. */
export class FrontEndHandler implements Handler {
  readonly #handler: Handler;
  readonly #receiver: string;
  readonly #token: IdToken;
  #held: HeldBack | undefined;

  constructor(handler: Handler, receiver: string, token: IdToken) {
    this.#handler = handler;
    this.#receiver = receiver;
    this.#token = token;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onRequestUpgrade(...event: Parameters<NonNullable<Handler['onRequestUpgrade']>>): void {
    this.#handler.onRequestUpgrade?.(...event);
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, message?: string): void {
    if (mayBeFrontEndPage(status, String(headers['content-type'])))
      this.#held = { status, headers, message, chunks: [], length: 0 };
    else this.#handler.onResponseStart?.(controller, status, headers, message);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const held = this.#held;
    if (held === undefined) {
      this.#handler.onResponseData?.(controller, chunk);
      return;
    }
    held.chunks.push(chunk);
    held.length += chunk.length;
    if (held.length > PAGE_LIMIT) this.#release(controller, held);
  }

  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    const held = this.#held;
    if (held !== undefined && isFrontEndPage(held.status, Buffer.concat(held.chunks).toString())) {
      const about = { receiver: this.#receiver, audience: this.#token.audience, caller: this.#token.caller };
      this.#handler.onResponseError?.(controller, new FrontEndError(held.status, about));
      return;
    }
    if (held !== undefined) this.#release(controller, held);
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#handler.onResponseError?.(controller, error);
  }

  onBodySent(chunk: Buffer): void {
    this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.();
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  #release(controller: Controller, { status, headers, message, chunks }: HeldBack): void {
    this.#held = undefined;
    this.#handler.onResponseStart?.(controller, status, headers, message);
    for (const chunk of chunks) this.#handler.onResponseData?.(controller, chunk);
  }
}
