import type { Dispatcher, Request as UndiciRequest } from 'undici';
import { having, invalid, oneOf, type Rules, readOptions, required, TEXT, wholeNumberFrom } from '../options.ts';
import { attachToRecord, type HeaderMode } from './attach.ts';
import { elsewhere, originOf } from './dispatcher-origin.ts';
import { type FetchSettings, fetchWithToken } from './fetch.ts';
import type { IdTokenText } from './id-token.ts';
import { createInterceptor } from './interceptor.ts';
import { readReceiver } from './receiver.ts';
import { throughDispatcher, throughNode } from './send.ts';
import { SOURCE, type TokenSource } from './source.ts';
import { defaultSource, SOURCE_RULES, type SourceOptions } from './sources.ts';
import { refuseToken, tokenSlot } from './token-cache.ts';

/** Options of {@link createServiceClient}. */
export interface ServiceClientOptions extends SourceOptions {
  /** The receiver's URL, as `gcloud run services describe` prints it. No query, no fragment. */
  readonly url: string;
  /**
   * The audience of the tokens. Default: the origin of `url`; for the URL of a tagged revision, the URL of its service.
   */
  readonly audience?: string;
  /**
   * Where the ID token goes. Default: `authorization`. Whatever the mode, when a request already has an Authorization
   * header, that is left to the application and the ID token goes into X-Serverless-Authorization.
   */
  readonly header?: HeaderMode;
  /** Where tokens come from. Default: `applicationDefault()` with the same options. */
  readonly source?: TokenSource;
  /** How long a call waits for a token when none is at hand, in whole milliseconds, up to 2,147,483,647. Default: 10,000. */
  readonly tokenTimeout?: number;
  /** What becomes of a 401, 403 or 404 that Cloud Run's front end wrote. Default: `throw` a `FrontEndError`. */
  readonly frontEndErrors?: 'throw' | 'respond';
  /** A dispatcher of undici 8 to send with, to this receiver or any. Default: the global `fetch` and its dispatcher. */
  readonly dispatcher?: Dispatcher;
}

/** Calls one receiver. Make it once, when the service starts. */
export interface ServiceClient {
  /** The origin of the receiver. */
  readonly origin: string;
  /** The audience of the tokens. */
  readonly audience: string;
  /**
   * `fetch`, with the ID token, for whatever takes a `fetch`. A path or relative URL resolves against the receiver's URL;
   * another origin is refused. So is it for a Request, of Node or of undici; a dispatcher that one was made with is not
   * used. Redirects are followed within the origin only. A call whose token the front end refuses with 401 is made once more
   * with a new one, unless its body is a stream. Rejects with a `TokenError`, `CallError` or `FrontEndError`, or with
   * what `fetch` rejects with.
   */
  readonly fetch: (target: string | URL | Request | UndiciRequest, init?: RequestInit) => Promise<Response>;
  /**
   * The same for those who hold a dispatcher: `new Pool(client.origin).compose(client.interceptor)`. To follow redirects,
   * put undici's redirect interceptor after this one; another origin is refused then too. Before this one it does nothing.
   */
  readonly interceptor: Dispatcher.DispatcherComposeInterceptor;
  /**
   * The headers of a call that is made by other means: `authorization`, `x-serverless-authorization` or both, beside those
   * that are given. From the cache, renewed in time: ask for each call. Rejects with a `TokenError` or `CallError`.
   */
  readonly headers: (given?: Readonly<Record<string, string>>) => Promise<Record<string, string>>;
  /** The ID token itself, as `headers` has it. Rejects with a `TokenError`. */
  readonly token: () => Promise<string>;
  /**
   * Says that the front end refused a token of `headers` or `token` (401; `UNAUTHENTICATED` of gRPC), so that the next is
   * another one. `fetch` and the interceptor see to it by themselves.
   */
  readonly refused: (token: string) => void;
  /** Fetches the token ahead of the first call, so that no user waits for it. Rejects with a `TokenError` or `ConfigError`. */
  readonly prefetch: () => Promise<void>;
}

const RULES: Rules<ServiceClientOptions> = {
  ...SOURCE_RULES,
  url: required(TEXT),
  audience: TEXT,
  header: oneOf('authorization', 'x-serverless-authorization', 'both'),
  source: SOURCE,
  tokenTimeout: wholeNumberFrom(1, 2 ** 31 - 1, 'milliseconds'),
  frontEndErrors: oneOf('throw', 'respond'),
  dispatcher: having<Dispatcher>('a dispatcher of undici 8', 'dispatch', 'compose'),
};

/**
 * Makes the client of one receiver.
 *
 * @throws ConfigError at once when an option is wrong.
 * @example
 * ```ts
 * import { createServiceClient } from '@run-edges/auth/outbound';
 *
 * const profiles = createServiceClient({ url: process.env.USER_PROFILES_URL ?? 'https://user-profiles.example.run.app' });
 * const getProfile = async (id: string): Promise<Response> => profiles.fetch(`/profiles/${id}`);
 * ```
 */
export function createServiceClient(given: ServiceClientOptions): ServiceClient {
  const options = readOptions(given, RULES);
  const { source, header = 'authorization', tokenTimeout = 10_000, frontEndErrors = 'throw', dispatcher } = options;
  if (source !== undefined && options.impersonate !== undefined)
    throw invalid('source and impersonate exclude each other: give impersonate to the source.');
  const receiver = readReceiver(options.url, options.audience, new Set(options.plainHttpHosts));
  const slot = tokenSlot(source ?? defaultSource(options), receiver.audience);
  const astray = dispatcher && elsewhere(originOf(dispatcher), receiver);
  if (astray !== undefined) throw invalid(astray);
  const send = dispatcher === undefined ? throughNode(receiver) : throughDispatcher(dispatcher);
  const settings: FetchSettings = {
    slot,
    receiver,
    mode: header,
    timeoutMs: tokenTimeout,
    frontEndErrors,
    send,
  };
  return {
    origin: receiver.origin,
    audience: receiver.audience,
    fetch: (target, init) => fetchWithToken(settings, target, init),
    interceptor: createInterceptor(settings),
    headers: async (given = {}) =>
      attachToRecord(given, await slot.get(tokenTimeout), header) as Record<string, string>,
    token: async () => (await slot.get(tokenTimeout)).bearer.slice('Bearer '.length),
    refused: (token) => void refuseToken(slot, { bearer: `Bearer ${token as IdTokenText}` }),
    prefetch: async () => {
      await slot.get(tokenTimeout);
    },
  };
}
