import { AUTHORIZATION, SERVERLESS_AUTHORIZATION, type TokenHeader } from '../headers.ts';
import {
  FLAG,
  HOSTS,
  invalid,
  list,
  numberFrom,
  oneOf,
  type Rule,
  type Rules,
  readOptions,
  required,
  TEXT,
  wholeNumberFrom,
} from '../options.ts';
import { readUrl } from '../outbound/receiver.ts';

/**
 * How a token is believed.
 *
 * - `signature`: this process verifies Google's signature. Right for public services, and for defence in depth behind
 *   Cloud Run's front end (the caller sends the token in both headers).
 * - `cloud-run`: Cloud Run's front end has verified the token and removed its signature; this process reads what is left.
 *   Right only where nobody reaches the process but through a front end that checks the invoker. A token that still has its
 *   signature is verified as in `signature`.
 */
export type VerifierMode = 'signature' | 'cloud-run';

/** Options of `createVerifier`. What matters for security has no default. */
export interface VerifierOptions {
  readonly mode: VerifierMode;
  /** The audiences accepted, exactly: this service's URLs, or custom audiences. `null` accepts any: a deliberate opt-out. */
  readonly audience: string | readonly string[] | null;
  /** The e-mail addresses of those who may call. `null` allows every caller whose token is valid. */
  readonly allowedCallers: readonly string[] | null;
  /**
   * The header that is read. Default: in `signature` mode Authorization; in `cloud-run` mode X-Serverless-Authorization
   * when present, else Authorization, as the front end does.
   */
  readonly header?: TokenHeader;
  /**
   * Whether everybody may invoke this service (allUsers, or the invoker check off). Then the front end checks nothing, and
   * a token without signature is refused. Default: `false`.
   */
  readonly public?: boolean;
  /** Where the issuer's keys are. Default: Google's. Never read from the environment. */
  readonly jwksUri?: string | undefined;
  /** Host names from which keys may be fetched over plain http, besides loopback: for local stand-ins. */
  readonly plainHttpHosts?: readonly string[];
  /** How far clocks may differ, in seconds, 0 to 300. Default: 10. */
  readonly clockTolerance?: number;
  /** How many verified tokens are remembered, about 2 KB each, at most 1,000,000. 0 turns it off. Default: 1,000. */
  readonly cacheSize?: number;
}

/** The options, checked and complete. */
export interface VerifierSettings {
  readonly mode: VerifierMode;
  readonly audiences: ReadonlySet<string> | null;
  readonly allowedCallers: ReadonlySet<string> | null;
  readonly header: TokenHeader | 'front-end';
  readonly isPublic: boolean;
  readonly jwksUri: URL;
  readonly clockTolerance: number;
  readonly cacheSize: number;
}

/** Google's keys as a JWK set. */
export const GOOGLE_JWKS_URI = 'https://www.googleapis.com/oauth2/v3/certs';

const ACCEPTED = list('', (value) => value !== '' && value.trim() === value);

/** What must be said: `undefined` (a forgotten environment variable) is refused, `null` is a deliberate opt-out. */
const CALLERS: Rule<readonly string[] | null> = {
  must: 'a list of e-mail addresses without white space around, not empty; or null to accept any',
  required: false,
  read: (value) => (value === null ? null : notEmpty(ACCEPTED.read(value))),
};

const AUDIENCES: Rule<string | readonly string[] | null> = {
  must: 'an audience or a list of them, without white space around, not empty; or null to accept any',
  required: false,
  read: (value) => CALLERS.read(typeof value === 'string' ? [value] : value),
};

function notEmpty(values: readonly string[] | undefined): readonly string[] | undefined {
  return values?.length === 0 ? undefined : values;
}

/** What each option must be. */
export const VERIFIER_RULES: Rules<VerifierOptions> = {
  mode: required(oneOf('signature', 'cloud-run')),
  audience: required(AUDIENCES),
  allowedCallers: required(CALLERS),
  header: oneOf(AUTHORIZATION, SERVERLESS_AUTHORIZATION),
  public: FLAG,
  jwksUri: TEXT,
  plainHttpHosts: HOSTS,
  clockTolerance: numberFrom(0, 300, 'seconds'),
  cacheSize: wholeNumberFrom(0, 1_000_000, 'tokens'),
};

/** Checks the options: whatever is missing, unknown or of the wrong type is refused, nothing is guessed. */
export function checkVerifierOptions(given: VerifierOptions): VerifierSettings {
  const options = readOptions<VerifierOptions>(given, VERIFIER_RULES);
  const { mode, audience, header, clockTolerance = 10, cacheSize = 1_000, public: isPublic = false } = options;
  if (mode === 'cloud-run' && isPublic)
    throw invalid("mode 'cloud-run' trusts a front end that checks nothing on a public service; use 'signature'.");
  return {
    mode,
    isPublic,
    clockTolerance,
    cacheSize,
    audiences: audience === null ? null : new Set(audience),
    allowedCallers: options.allowedCallers === null ? null : new Set(options.allowedCallers),
    header: header ?? (mode === 'signature' ? AUTHORIZATION : 'front-end'),
    jwksUri: readUrl(options.jwksUri ?? GOOGLE_JWKS_URI, new Set(options.plainHttpHosts)),
  };
}
