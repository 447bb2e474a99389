/**
 * Accepts calls from other services: verifies Google-signed ID tokens. Framework-free.
 *
 * @module
 */
export { allowedCallersFrom } from './inbound/allowed-callers.ts';
export {
  type CloudRunOptions,
  type CommonVerifierOptions,
  GOOGLE_JWKS_URI,
  type JwkSet,
  type SignatureOptions,
  type VerifierMode,
  type VerifierOptions,
} from './inbound/options.ts';
export { cloudScheduler, cloudTasks, eventarc, pubsubPush, type SenderOptions } from './inbound/presets.ts';
export { createVerifier, type Verifier } from './inbound/verifier.ts';
