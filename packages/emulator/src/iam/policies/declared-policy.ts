import { type Declaration, declaredBindings } from '@run-edges/edges';
import type { Binding } from './policy.ts';

/**
 * The IAM policy that the declaration asks for on one service: allUsers where it is public, and its declared callers.
 * @param emailOf of the account that a caller of this project runs as
 */
export function declaredPolicy(
  declaration: Declaration,
  service: string,
  emailOf: (name: string) => string,
): Binding[] {
  const bindings = declaredBindings(declaration, service, ({ name, serviceAccount, member = '' }) =>
    serviceAccount === undefined ? member : `serviceAccount:${emailOf(name)}`,
  );
  return [...bindings];
}
