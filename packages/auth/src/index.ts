/**
 * Types, errors and header names of `@run-edges/auth`.
 *
 * @module
 */
export type { Caller } from './caller.ts';
export {
  type CallErrorCode,
  type CallerErrorCode,
  type ConfigErrorCode,
  ERROR_CODES,
  type FrontEndErrorCode,
  type RefusalCode,
  type RunAuthErrorCode,
  type TokenErrorCode,
} from './codes.ts';
export { type AuthEvents, CHANNELS } from './diagnostics.ts';
export {
  type AnyRunAuthError,
  CallError,
  CallerError,
  ConfigError,
  FrontEndError,
  type FrontEndStatus,
  isRunAuthError,
  type RefusedToken,
  RunAuthError,
  TokenError,
} from './errors.ts';
export { AUTHORIZATION, SERVERLESS_AUTHORIZATION, SIGNATURE_REMOVED, type TokenHeader } from './headers.ts';
