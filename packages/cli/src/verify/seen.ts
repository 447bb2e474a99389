import type { LiveService } from '../deployment/live-service.ts';
import type { Binding } from '../gcloud/binding.ts';

/** What verify looked at. */
export interface Seen {
  readonly project: string;
  readonly region: string;
  readonly services: readonly LiveService[];
  readonly projectBindings: readonly Binding[];
  /** Roles that hold run.routes.invoke. */
  readonly invokerRoles: ReadonlySet<string>;
  /** Members of the project who are let in on purpose. */
  readonly accepted: ReadonlySet<string>;
}

/** An e-mail says enough to people. */
export function shown(member: string): string {
  return member.replace(/^serviceAccount:/, '');
}
