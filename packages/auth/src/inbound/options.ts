import { AUTHORIZATION, SERVERLESS_AUTHORIZATION, type TokenHeader } from '../headers.ts';
import {
  FLAG,
  HOSTS,
  invalid,
  isPlainObject,
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
import { own } from '../own.ts';
import { whyNoAddresses } from './no-address.ts';

/** A JWK set (RFC 7517 section 5): public keys. */
export interface JwkSet {
  readonly keys: readonly object[];
}

/** What all verifiers are told. What matters for security has no default. */
export interface CommonVerifierOptions {
  /** The audiences accepted, exactly: this service's URLs, or custom audiences. `null` accepts any: a deliberate opt-out. */
  readonly audience: string | readonly string[] | null;
  /** The e-mail addresses of those who may call. `null` allows every caller whose token is valid. */
  readonly allowedCallers: readonly string[] | null;
  /** Where the issuer's keys are. Default: Google's. Never read from the environment. */
  readonly jwksUri?: string | undefined;
  /** The issuer's keys themselves, in place of `jwksUri`: for tests, and where nothing can be fetched. */
  readonly jwks?: JwkSet | undefined;
  /** Host names from which keys may be fetched over plain http, besides loopback: for local stand-ins. */
  readonly plainHttpHosts?: readonly string[];
  /**
   * How far clocks may differ, in seconds, 0 to 300: a token counts so much before it was issued and after it ends. Default:
   * 60, what the gate of the emulator bears, so that nobody is let in there and refused here.
   */
  readonly clockTolerance?: number;
  /** How many verified tokens are remembered, about 2 KB each, at most 1,000,000. 0 turns it off. Default: 1,000. */
  readonly cacheSize?: number;
}

/**
 * Options of a verifier that believes Google's signature and nothing else. Right for public services, and for defence in
 * depth behind Cloud Run's front end (the caller sends the token in both headers).
 */
export interface SignatureOptions extends CommonVerifierOptions {
  readonly mode: 'signature';
  /** The header that is read. Default: Authorization. */
  readonly header?: TokenHeader;
  /**
   * Whether everybody may invoke this service (allUsers, or the invoker check off). Then a token without signature is told
   * as a forgery, not as a mistake. Default: `false`.
   */
  readonly public?: boolean;
}

/**
 * Options of a verifier that also believes Cloud Run's front end: a token without signature, in
 * X-Serverless-Authorization, which the front end has verified before it took the signature off. Right only where nobody
 * reaches the process but through a front end that checks the invoker.
 *
 * Which header counts is no option. Where there is X-Serverless-Authorization the front end looked at that and at no other.
 * Where there is none, Authorization counts by its signature alone: a text without one may have been written by anybody who
 * got the other header dropped on the way.
 */
export interface CloudRunOptions extends CommonVerifierOptions {
  readonly mode: 'cloud-run';
  readonly header?: never;
  readonly public?: false;
}

/** Options of {@link createVerifier}: one of the two modes, without a default, since Cloud Run removes signatures. */
export type VerifierOptions = SignatureOptions | CloudRunOptions;

/** How a token is believed: by Google's signature alone, or also on the word of Cloud Run's front end. */
export type VerifierMode = VerifierOptions['mode'];

/** The options, checked and complete. */
export interface VerifierSettings {
  readonly mode: VerifierMode;
  readonly audiences: ReadonlySet<string> | null;
  readonly allowedCallers: ReadonlySet<string> | null;
  /** The only header that is read; `front-end`: the one that the front end consumed. */
  readonly header: TokenHeader | 'front-end';
  readonly isPublic: boolean;
  /** The keys, or where they are. */
  readonly keys: URL | JwkSet;
  readonly clockTolerance: number;
  readonly cacheSize: number;
}

/** Google's keys as a JWK set. */
export const GOOGLE_JWKS_URI = 'https://www.googleapis.com/oauth2/v3/certs';

const ACCEPTED = notEmpty(list('', (value) => value !== '' && value.trim() === value));

/**
 * Addresses as a token's `email` has them. What can be none (`serviceAccount:` before it, a resource name, quotes) would
 * match nobody, and lock its caller out in silence.
 */
export const EMAILS: Rule<readonly string[]> = {
  ...notEmpty(
    list(
      "a list of e-mail addresses as tokens have them (without 'serviceAccount:', quotes or white space), not empty",
      (value) => /^[^\s@:/"'`,;<>]+@[^\s@:/"'`,;<>]+$/.test(value),
    ),
  ),
  why: whyNoAddresses,
};

/** What must be said: `undefined` (a forgotten environment variable) is refused, `null` is a deliberate opt-out. */
const CALLERS: Rule<readonly string[] | null> = {
  ...EMAILS,
  must: `${EMAILS.must}; or null to accept any`,
  read: (value) => (value === null ? null : EMAILS.read(value)),
};

const AUDIENCES = {
  must: 'an audience or a list of them, without white space around, not empty; or null to accept any',
  required: true,
  read: (value: unknown) => (value === null ? null : ACCEPTED.read(typeof value === 'string' ? [value] : value)),
} as const satisfies Rule<string | readonly string[] | null>;

function notEmpty(rule: Rule<readonly string[]>): Rule<readonly string[]> {
  const read = (value: unknown): readonly string[] | undefined => {
    const values = rule.read(value);
    return values?.length === 0 ? undefined : values;
  };
  return { ...rule, read };
}

/** Taken as a copy. */
const JWKS: Rule<JwkSet> = {
  must: 'a JWK set with one key or more: { keys: [...] }',
  required: false,
  read(value) {
    const keys = isPlainObject(value) ? own(value as JwkSet, 'keys') : undefined;
    if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isPlainObject)) return undefined;
    return { keys: keys.map((key) => ({ ...key })) };
  },
};

/** What each option must be. */
export const VERIFIER_RULES: Rules<VerifierOptions> = {
  mode: required(oneOf('signature', 'cloud-run')),
  audience: AUDIENCES,
  allowedCallers: required(CALLERS),
  header: oneOf(AUTHORIZATION, SERVERLESS_AUTHORIZATION),
  public: FLAG,
  jwksUri: TEXT,
  jwks: JWKS,
  plainHttpHosts: HOSTS,
  clockTolerance: numberFrom(0, 300, 'seconds'),
  cacheSize: wholeNumberFrom(0, 1_000_000, 'tokens'),
};

/** Checks the options: whatever is missing, unknown or of the wrong type is refused, nothing is guessed. */
export function checkVerifierOptions(given: VerifierOptions): VerifierSettings {
  const options = readOptions<VerifierOptions>(given, VERIFIER_RULES);
  const { mode, audience, header, clockTolerance = 60, cacheSize = 1_000, public: isPublic = false } = options;
  if (mode === 'cloud-run' && header !== undefined)
    throw invalid("header cannot be chosen in mode 'cloud-run': the front end vouches for the one that it consumed.");
  if (mode === 'cloud-run' && isPublic)
    throw invalid("mode 'cloud-run' trusts a front end that checks nothing on a public service; use 'signature'.");
  if (options.jwks !== undefined && options.jwksUri !== undefined)
    throw invalid('jwks and jwksUri cannot both be given: the keys are either here or there.');
  return {
    mode,
    isPublic,
    clockTolerance,
    cacheSize,
    audiences: audience === null ? null : new Set(audience),
    allowedCallers: options.allowedCallers === null ? null : new Set(options.allowedCallers),
    header: header ?? (mode === 'signature' ? AUTHORIZATION : 'front-end'),
    keys: options.jwks ?? readUrl(options.jwksUri ?? GOOGLE_JWKS_URI, new Set(options.plainHttpHosts)),
  };
}
