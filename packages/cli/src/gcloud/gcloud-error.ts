import { MendableError } from '../mendable-error.ts';

/** What stands in the way, as far as gcloud's own words tell. */
export type FailureKind =
  | 'no-gcloud'
  | 'not-signed-in'
  | 'no-project'
  | 'billing-off'
  | 'api-off'
  | 'no-permission'
  | 'may-not-impersonate'
  | 'wrong-region'
  | 'name-taken'
  | 'quota'
  | 'network'
  | 'policy-changed'
  | 'account-not-seen'
  | 'not-found'
  | 'public-refused'
  | 'image-not-found'
  | 'not-ready'
  | 'unknown';

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence. */
  readonly message: string;
  /** What to do, with the next command. */
  readonly mend: string;
}

/** gcloud did not do what it was asked. */
export class GcloudError extends MendableError {
  override readonly name = 'GcloudError';
  readonly kind: FailureKind;
  /** gcloud's own words. */
  readonly stderr: string;

  constructor({ kind, message, mend }: Failure, stderr: string, options?: ErrorOptions) {
    super(message, mend, options);
    this.kind = kind;
    this.stderr = stderr;
  }
}
