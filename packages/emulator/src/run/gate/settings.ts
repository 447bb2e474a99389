import { between, checkSettings, isRecord, type Kind, type Kinds } from '../../internal/check-settings.ts';
import type { FrontEnd } from './front-end.ts';
import type { InternalCallers } from './ingress.ts';

/** How the gates behave where Google leaves room, and their limits. Each default is the better supported reading. */
export interface GateSettings {
  /**
   * Whose tokens lose their signature in `Authorization` when a private service's gate consumed them: everybody's, users'
   * alone, or nobody's. Default `users`, as measured: a service account's arrived whole, a user's of gcloud did not.
   * X-Serverless-Authorization always loses it. `true` and `false` stand for `always` and `never`.
   */
  readonly stripAuthorization?: StripAuthorization | boolean;
  /**
   * How the scheme in X-Serverless-Authorization reaches the container: `as-sent`, or `odd`, in lower case with two blanks.
   * Default `as-sent`; one report of 2026 has it that receivers must bear the other, too.
   */
  readonly serverlessScheme?: 'as-sent' | 'odd';
  /**
   * The scheme in X-Forwarded-Proto and Forwarded: `caller`, the one by which a gate was asked, which is http; or `https`,
   * as on Cloud Run. Default `caller`: an app that makes URLs of it would send its callers to a port without TLS.
   */
  readonly forwardedProto?: 'caller' | 'https';
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
  /** Whether a service's URL with a path below it is an audience of the service. Default true; one report says 403. */
  readonly audiencePaths?: boolean;
  /** Paths that Google answers itself, with 404; one that ends in `*` stands for all that begin so. Default `/healthz`. */
  readonly reservedPaths?: readonly string[];
  /** Whether a user who may not invoke a service gets 404 instead of 403, as one report says. Default false. */
  readonly hideFromUsers?: boolean;
  /** Who counts as internal where a service's ingress asks for it. */
  readonly internal?: InternalCallers;
  /** What services ask of their front end beyond the declaration, by name. */
  readonly services?: Readonly<Record<string, Partial<FrontEnd>>>;
}

export type StripAuthorization = 'always' | 'users' | 'never';

export interface ResolvedGateSettings extends Required<GateSettings> {
  readonly stripAuthorization: StripAuthorization;
}

const MIB = 1024 * 1024;

const ms = (most: number) => between(1, most);
const bytes = between(0, Number.MAX_SAFE_INTEGER);
/** Cloud Run's longest request timeout. */
const LONGEST_REQUEST_MS = 3_600_000;

const kinds: Kinds & Readonly<Record<Exclude<keyof GateSettings, 'internal' | 'services'>, Kind>> = {
  stripAuthorization: ['always', 'users', 'never', true, false],
  serverlessScheme: ['as-sent', 'odd'],
  forwardedProto: ['caller', 'https'],
  requestTimeout: ms(LONGEST_REQUEST_MS),
  headersTimeout: ms(600_000),
  queueWait: between(0, 600_000),
  maxRequestBytes: bytes,
  maxResponseBytes: bytes,
  maxHeaderBytes: between(1024, 1024 * 1024),
  expiryLeeway: between(0, 3600),
  clockSkew: between(0, 3600),
  audiencePaths: 'flag',
  reservedPaths: 'texts',
  hideFromUsers: 'flag',
};
const internalKinds: Kinds & Readonly<Record<keyof InternalCallers, Kind>> = {
  projectTokens: 'flag',
  networks: 'texts',
  loadBalancers: 'texts',
};
const frontEndKinds: Kinds & Readonly<Record<keyof FrontEnd, Kind>> = {
  ingress: ['all', 'internal', 'internal-and-cloud-load-balancing'],
  customAudiences: 'texts',
  tags: 'texts',
  invokerIamDisabled: 'flag',
  defaultUrlDisabled: 'flag',
  http2: 'flag',
  concurrency: between(1, 1000),
  maxInstances: between(1, 1000),
  requestTimeout: ms(LONGEST_REQUEST_MS),
};

/** @see https://docs.cloud.google.com/run/quotas and https://docs.cloud.google.com/run/docs/configuring/request-timeout */
const defaults: ResolvedGateSettings = {
  stripAuthorization: 'users',
  serverlessScheme: 'as-sent',
  forwardedProto: 'caller',
  requestTimeout: 300_000,
  headersTimeout: 60_000,
  queueWait: 10_000,
  maxRequestBytes: 32 * MIB,
  maxResponseBytes: 32 * MIB,
  maxHeaderBytes: 64 * 1024,
  expiryLeeway: 0,
  clockSkew: 60,
  audiencePaths: true,
  reservedPaths: ['/healthz'],
  hideFromUsers: false,
  internal: {},
  services: {},
};

/** @throws EmulatorError SETTING_INVALID */
export function resolveGateSettings(settings: GateSettings = {}): ResolvedGateSettings {
  const { internal = {}, services = {}, ...rest } = settings;
  checkSettings(rest, { kinds, what: 'setting of gate', code: 'SETTING_INVALID' });
  const records = { fits: isRecord, said: 'settings by name' };
  checkSettings(
    { internal, services },
    { kinds: { internal: records, services: records }, what: 'setting of gate', code: 'SETTING_INVALID' },
  );
  checkSettings({ ...internal }, { kinds: internalKinds, what: 'setting of gate.internal', code: 'SETTING_INVALID' });
  for (const [name, frontEnd] of Object.entries(services)) checkFrontEnd(name, frontEnd);
  const merged = { ...defaults, ...settings };
  return { ...merged, stripAuthorization: inWords(merged.stripAuthorization) };
}

function inWords(strip: StripAuthorization | boolean): StripAuthorization {
  if (typeof strip === 'string') return strip;
  return strip ? 'always' : 'never';
}

/** @param name of the service @throws EmulatorError SETTING_INVALID */
export function checkFrontEnd(name: string, frontEnd: Partial<FrontEnd>): void {
  const what = `setting of ${name}`;
  checkSettings(
    { [name]: frontEnd },
    {
      kinds: { [name]: { fits: isRecord, said: 'settings by name' } },
      what: 'entry of gate.services',
      code: 'SETTING_INVALID',
    },
  );
  checkSettings({ ...frontEnd }, { kinds: frontEndKinds, what, code: 'SETTING_INVALID' });
}
