import type { Command } from '../deployment/commands.ts';

/**
 * How a live project differs from the declaration:
 * - `not-deployed`: there is no service of the name.
 * - `missing`: a declared edge is not granted, or only under a condition.
 * - `extra`: somebody may invoke a service whom no edge names.
 * - `public-by-mistake`: everybody may invoke a private service.
 * - `not-public`: a public service is shut.
 * - `widened`: a role in the project lets somebody invoke every service.
 * - `wrong-identity`: a service runs as another account, so that its edges are not its own.
 * - `ingress`: requests are let in from elsewhere than declared.
 * - `authoritative-owner`: Terraform owns the whole policy of a service that drifts: what is mended here, it undoes.
 */
export type DriftKind =
  | 'not-deployed'
  | 'missing'
  | 'extra'
  | 'public-by-mistake'
  | 'not-public'
  | 'widened'
  | 'wrong-identity'
  | 'ingress'
  | 'authoritative-owner';

export interface Drift {
  readonly kind: DriftKind;
  /** The service, or `*` for every one. */
  readonly service: string;
  /** Who: an IAM member, or nothing where it is about the service itself. */
  readonly member: string;
  readonly role: string;
  /** One sentence without a full stop. */
  readonly message: string;
  /** gcloud's arguments that mend it, or undefined where it is not for gcloud to mend. */
  readonly fix?: Command;
  /** What to do by hand instead. */
  readonly mend?: string;
}
