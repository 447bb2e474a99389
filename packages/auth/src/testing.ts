/**
 * Tests without a network: an issuer in the process, and a front end that answers as Cloud Run's does. Refuses to load where
 * K_SERVICE is set.
 *
 * @module
 */
export { type FrontEndOptions, frontEnd } from './issuer/front-end.ts';
export {
  createTestIssuer,
  type TestClientOptions,
  type TestIssuer,
  type TestVerifierOptions,
  type TokenRequest,
  withoutSignature,
} from './issuer/issuer.ts';
