import './node-version.ts';
import {
  CALLER_CODES,
  type CallErrorCode,
  type CallerErrorCode,
  type ConfigErrorCode,
  ERROR_CODES,
  FRONT_END_CODES,
  type FrontEndErrorCode,
  type RunAuthErrorCode,
  type TokenErrorCode,
} from './codes.ts';
import { safeCause, withoutSecrets } from './safe-cause.ts';
import { shellWord } from './shell-word.ts';

/**
 * The base of all errors of this package. Switch on `code`, never on the text. None holds a secret, nor does its cause:
 * that is a copy of what is safe in the error that was thrown underneath.
 *
 * @example
 * ```ts
 * import { isRunAuthError } from '@run-edges/auth';
 *
 * const explain = (error: unknown): string =>
 *   isRunAuthError(error) ? `${error.code}: ${error.mend}` : 'some other failure';
 * ```
 */
export class RunAuthError<Code extends RunAuthErrorCode = RunAuthErrorCode> extends Error {
  override readonly name: string = 'RunAuthError';
  readonly code: Code;
  /** What to do about it: the next command to run, or the setting to change. */
  readonly mend: string;

  constructor(code: Code, what: string, options: ErrorOptions & { mend?: string } = {}) {
    const { mend = ERROR_CODES[code].mend, cause } = options;
    super(`${withoutSecrets(what, cause)} ${mend}`, cause === undefined ? {} : { cause: safeCause(cause) });
    this.code = code;
    this.mend = mend;
  }
}

/**
 * Wrong options; thrown when a client, verifier or plugin is made. Calls reject with it when a variable or a credentials file
 * holds something else than it should: those are read at the first call.
 */
export class ConfigError extends RunAuthError<ConfigErrorCode> {
  override readonly name = 'ConfigError';
}

/**
 * No ID token could be had. The cause tells google-auth-library's error where there was one: its name, message, code and
 * status, and not the request that it holds, with its secrets.
 */
export class TokenError extends RunAuthError<TokenErrorCode> {
  override readonly name = 'TokenError';
  /** The audience that the token was for. */
  readonly audience: string;

  constructor(code: TokenErrorCode, audience: string, what: string, options: ErrorOptions & { mend?: string } = {}) {
    super(code, what, options);
    this.audience = audience;
  }
}

/** The call was refused before it left, so that no credential goes astray. */
export class CallError extends RunAuthError<CallErrorCode> {
  override readonly name = 'CallError';
}

/**
 * Cloud Run's front end answered in place of the receiver, told by Google's page; an application's own 401, 403 or 404 is
 * a plain response.
 */
export class FrontEndError extends RunAuthError<FrontEndErrorCode> {
  override readonly name = 'FrontEndError';
  /** The HTTP status: 401, 403 or 404. */
  readonly status: FrontEndStatus;
  /** The origin of the receiver. */
  readonly receiver: string;
  /** The audience of the token that was sent. */
  readonly audience: string;
  /** The identity that was sent: the `email` of the token, else its `sub`. */
  readonly caller: string;

  constructor(status: FrontEndStatus, about: { receiver: string; audience: string; caller: string }) {
    const code = FRONT_END_CODE[status];
    const known = FRONT_END_CODES[code];
    super(code, `${about.caller} called ${about.receiver} with audience ${about.audience}. ${known.meaning}`, {
      mend: known.mend
        .replace('CALLER', () => about.caller)
        .replace('=AUDIENCE', () => `=${shellWord(about.audience)}`),
    });
    this.status = status;
    this.receiver = about.receiver;
    this.audience = about.audience;
    this.caller = about.caller;
  }
}

export type FrontEndStatus = 401 | 403 | 404;

const FRONT_END_CODE: Record<FrontEndStatus, FrontEndErrorCode> = {
  401: 'RUN_AUTH_FRONT_END_UNAUTHORIZED',
  403: 'RUN_AUTH_FRONT_END_FORBIDDEN',
  404: 'RUN_AUTH_FRONT_END_NOT_FOUND',
};

/** What is known of a refused token, for the log: never the token itself. Unverified unless the code says otherwise. */
export interface RefusedToken {
  readonly subject?: string;
  readonly email?: string;
  readonly audience?: string;
  readonly issuer?: string;
  readonly keyId?: string;
}

/** An inbound request was refused. `message` may quote claims: log it, do not send it to the caller. */
export class CallerError extends RunAuthError<CallerErrorCode> {
  override readonly name = 'CallerError';
  /** The status to answer with: 401, 403, or 503 when the issuer's keys cannot be had. */
  readonly statusCode: 401 | 403 | 503;
  /** What the token said of itself. */
  readonly token: RefusedToken;

  constructor(code: CallerErrorCode, detail = '', token: RefusedToken = {}, options: ErrorOptions = {}) {
    const known = CALLER_CODES[code];
    super(code, detail === '' ? known.meaning : `${known.meaning} ${detail}`, options);
    this.statusCode = known.status;
    this.token = token;
  }

  /** The same error, with what the token says of itself. */
  about(token: RefusedToken): CallerError {
    return Object.assign(this, { token });
  }
}

/** Every error of the package, discriminated by `name` and `code`. */
export type AnyRunAuthError = ConfigError | TokenError | CallError | FrontEndError | CallerError;

/** Tells this package's errors from others. */
export function isRunAuthError(error: unknown): error is AnyRunAuthError {
  return error instanceof RunAuthError;
}
