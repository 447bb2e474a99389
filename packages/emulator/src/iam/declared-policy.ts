import { type Declaration, findService, invokersOf } from '@run-edges/edges';
import type { Binding } from './policy.ts';

const INVOKER = 'roles/run.invoker';

/** The IAM policy that the declaration asks for on one service: allUsers where it is public, and its declared callers. */
export function declaredPolicy(
  declaration: Declaration,
  service: string,
  emailOf: (name: string) => string,
): Binding[] {
  const members = invokersOf(declaration, service).map((caller) => `serviceAccount:${emailOf(caller)}`);
  if (findService(declaration, service)?.public === true) members.unshift('allUsers');
  return members.length === 0 ? [] : [{ role: INVOKER, members }];
}
