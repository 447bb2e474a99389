import type { Grant } from './grants.ts';
import { conditional } from './iam.ts';

export const INVOKER = 'roles/run.invoker';

/** What a grant says, in a sentence without a full stop: who holds what on what. */
export function saidOf({ member, role, resource, condition }: Grant): string {
  return `${member} holds ${conditional(role, condition)} on ${placeOf(resource)}`;
}

/** A service by its name, or the project. */
export function placeOf(resource: Grant['resource']): string {
  return resource === 'project' ? 'the project' : resource.slice(resource.indexOf('/') + 1);
}
