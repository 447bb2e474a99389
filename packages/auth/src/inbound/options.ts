import { ConfigError } from '../errors.ts';
import { AUTHORIZATION, SERVERLESS_AUTHORIZATION, type TokenHeader } from '../headers.ts';
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
  /** How many verified tokens are remembered, about 2 KB each. 0 turns it off. Default: 1,000. */
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

const KNOWN = new Set([
  'mode',
  'audience',
  'allowedCallers',
  'header',
  'public',
  'jwksUri',
  'plainHttpHosts',
  'clockTolerance',
  'cacheSize',
]);

/** Checks the options: whatever is missing, unknown or of the wrong type is refused, nothing is guessed. */
export function checkVerifierOptions(options: VerifierOptions): VerifierSettings {
  const unknown = Object.keys(options).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw invalid(`${unknown} is not an option.`);
  const { mode, header, clockTolerance = 10, cacheSize = 1_000, public: isPublic = false } = options;
  if (mode !== 'signature' && mode !== 'cloud-run')
    throw invalid(`mode must be 'signature' or 'cloud-run'; it has no default, since Cloud Run removes signatures.`);
  if (header !== undefined && header !== AUTHORIZATION && header !== SERVERLESS_AUTHORIZATION)
    throw invalid(`header must be '${AUTHORIZATION}' or '${SERVERLESS_AUTHORIZATION}'.`);
  if (typeof isPublic !== 'boolean') throw invalid('public must be true or false.');
  if (mode === 'cloud-run' && isPublic)
    throw invalid("mode 'cloud-run' trusts a front end that checks nothing on a public service; use 'signature'.");
  if (!(clockTolerance >= 0 && clockTolerance <= 300)) throw invalid('clockTolerance must be 0 to 300 seconds.');
  if (!(Number.isInteger(cacheSize) && cacheSize >= 0)) throw invalid('cacheSize must be a whole number, 0 or more.');
  return {
    mode,
    isPublic,
    clockTolerance,
    cacheSize,
    audiences: readList(options.audience, 'audience'),
    allowedCallers: readList(options.allowedCallers, 'allowedCallers'),
    header: header ?? (mode === 'signature' ? AUTHORIZATION : 'front-end'),
    jwksUri: readUrl(options.jwksUri ?? GOOGLE_JWKS_URI, new Set(options.plainHttpHosts)),
  };
}

/** A list that must be said: `undefined` (a forgotten environment variable) is refused, `null` is an opt-out. */
function readList(value: string | readonly string[] | null, name: string): ReadonlySet<string> | null {
  if (value === null) return null;
  const list: unknown = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list)) throw invalid(`${name} is missing: give a list, or null to accept any.`);
  if (list.length === 0) throw invalid(`${name} is an empty list: nobody could call.`);
  for (const entry of list)
    if (typeof entry !== 'string' || entry === '' || entry.trim() !== entry)
      throw invalid(`${name} holds ${JSON.stringify(entry)}: not a text, empty, or with white space around.`);
  return new Set<string>(list);
}

function invalid(what: string): ConfigError {
  return new ConfigError('RUN_AUTH_OPTION_INVALID', what);
}
