/** What a gate can decide by, in the order in which it looks. */
export type Rule =
  | 'malformed-request'
  | 'unknown-host'
  | 'reserved-path'
  | 'ingress'
  | 'iam-disabled'
  | 'public'
  | 'no-credentials'
  | 'several-credentials'
  | 'not-bearer'
  | 'access-token'
  | 'malformed-token'
  | 'signature-removed'
  | 'unsupported-algorithm'
  | 'unknown-key'
  | 'bad-signature'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'unknown-principal'
  | 'not-an-invoker'
  | 'invoker'
  // Let through by IAM, and failed after it.
  | 'request-too-large'
  | 'no-instance'
  | 'container-failed'
  | 'response-too-large'
  | 'timed-out'
  | 'caller-gone'
  // The gate itself could not go on.
  | 'gate-failed'
  // Of a metadata server, not of a gate.
  | 'not-its-identity';

/** Why a request failed that the rules before had let through. */
export interface Failure {
  readonly rule: Rule;
  readonly reason: string;
  readonly mend: string;
}
