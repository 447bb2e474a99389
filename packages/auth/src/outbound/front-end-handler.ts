import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { FrontEndError, type FrontEndStatus } from '../errors.ts';
import { mayBeFrontEndPage } from './front-end.ts';
import { PageReader } from './front-end-page.ts';

type Controller = Dispatcher.DispatchController;
type Handler = Dispatcher.DispatchHandler;
type About = ConstructorParameters<typeof FrontEndError>[1];

/** The beginning of a response that may be the front end's page: kept back until it is known. */
interface HeldBack {
  readonly status: FrontEndStatus;
  readonly headers: IncomingHttpHeaders;
  readonly message: string | undefined;
  readonly chunks: Buffer[];
  readonly page: PageReader;
}

/**
 * Makes a call once more whose token the front end refused, or returns `false`. When that comes to nothing after all, it
 * calls `giveUp`, and the answer at hand counts.
 */
export type Repeat = (controller: Controller, giveUp: () => void) => boolean;

/** Stands before a handler of undici, and turns the pages of Cloud Run's front end into repeated calls or errors. */
export class FrontEndHandler implements Handler {
  readonly #handler: Handler;
  readonly #about: About;
  readonly #throws: boolean;
  readonly #repeat: Repeat;
  #held: HeldBack | undefined;

  constructor(handler: Handler, about: About, throws: boolean, repeat: Repeat) {
    this.#handler = handler;
    this.#about = about;
    this.#throws = throws;
    this.#repeat = repeat;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onRequestUpgrade(...event: Parameters<NonNullable<Handler['onRequestUpgrade']>>): void {
    this.#handler.onRequestUpgrade?.(...event);
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, message?: string): void {
    const mayBePage = mayBeFrontEndPage(status, String(headers['content-type']));
    if (mayBePage && (this.#throws || status === 401))
      this.#held = { status, headers, message, chunks: [], page: new PageReader(status) };
    else this.#handler.onResponseStart?.(controller, status, headers, message);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const held = this.#held;
    if (held === undefined) {
      this.#handler.onResponseData?.(controller, chunk);
      return;
    }
    held.chunks.push(chunk);
    held.page.read(chunk);
    if (!held.page.mayBe) this.#release(controller, held);
  }

  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    const held = this.#held;
    if (held === undefined) {
      this.#handler.onResponseEnd?.(controller, trailers);
      return;
    }
    const isPage = held.page.isWhole;
    const settle = (): void => {
      if (isPage && this.#throws) {
        this.#handler.onResponseError?.(controller, new FrontEndError(held.status, this.#about));
        return;
      }
      this.#release(controller, held);
      this.#handler.onResponseEnd?.(controller, trailers);
    };
    if (!(isPage && held.status === 401 && this.#repeat(controller, settle))) settle();
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
