import type { FrontEnd } from './front-end.ts';
import type { InternalCallers } from './ingress.ts';

/** How the gates behave where Google leaves room, and their limits. Each default is the better supported reading. */
export interface GateSettings {
  /**
   * Whether `Authorization` loses its signature when a private service's gate consumed it. Default true: Google's
   * troubleshooting page says so, though some users saw it kept. X-Serverless-Authorization always loses it.
   */
  readonly stripAuthorization?: boolean;
  /** Milliseconds for a whole request, answer and WebSocket included; then 504. Default 300,000. */
  readonly requestTimeout?: number;
  /** Milliseconds for a request's line and headers to arrive; then 408. Default 60,000. */
  readonly headersTimeout?: number;
  /** Milliseconds that a request waits while every instance is busy; then 429. Default 10,000. */
  readonly queueWait?: number;
  /** Bytes of a request body, but for services that speak HTTP/2; more is 413. Default 32 MiB. */
  readonly maxRequestBytes?: number;
  /** Bytes of an answer that is not chunked, but for services that speak HTTP/2; more is 500. Default 32 MiB. */
  readonly maxResponseBytes?: number;
  /** Bytes of a request's line and headers, and of an answer's; more is 431 and 503. Default 64 KiB. */
  readonly maxHeaderBytes?: number;
  /** Seconds that a token is honoured after its `exp`. Default 0. */
  readonly expiryLeeway?: number;
  /** Seconds that a token's `iat` may lie ahead. Default 60. */
  readonly clockSkew?: number;
  /** Who counts as internal where a service's ingress asks for it. */
  readonly internal?: InternalCallers;
  /** What services ask of their front end beyond the declaration, by name. */
  readonly services?: Readonly<Record<string, Partial<FrontEnd>>>;
}

export type ResolvedGateSettings = Required<GateSettings>;

const MIB = 1024 * 1024;

/** @see https://docs.cloud.google.com/run/quotas and https://docs.cloud.google.com/run/docs/configuring/request-timeout */
const defaults: ResolvedGateSettings = {
  stripAuthorization: true,
  requestTimeout: 300_000,
  headersTimeout: 60_000,
  queueWait: 10_000,
  maxRequestBytes: 32 * MIB,
  maxResponseBytes: 32 * MIB,
  maxHeaderBytes: 64 * 1024,
  expiryLeeway: 0,
  clockSkew: 60,
  internal: {},
  services: {},
};

export function resolveGateSettings(settings: GateSettings = {}): ResolvedGateSettings {
  return { ...defaults, ...settings };
}
