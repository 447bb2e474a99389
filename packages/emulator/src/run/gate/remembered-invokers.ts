import type { Grant } from '../../iam/policies/grants.ts';
import type { Iam } from '../../iam/policies/iam.ts';
import type { Policy } from '../../iam/policies/policy.ts';
import type { Receiver } from './authorize.ts';

/** The most principals remembered. */
const MOST = 1000;

/**
 * Asks IAM who may invoke a service, once per principal for as long as the same policies count. Where a binding has a
 * condition, each request is asked for: its path and its time matter.
 */
export function rememberedInvokers(iam: Iam, service: string): Receiver['invokingGrant'] {
  const resource = `services/${service}` as const;
  const granted = new Map<string | undefined, Grant | undefined>();
  let policies: readonly Policy[] = [];
  let conditional = false;
  let stamp: number | undefined;
  let roles = 0;

  /** Forgets what other policies gave, and roles that were others. */
  function look(): void {
    const newest = iam.policies.stamp();
    if (newest !== undefined && newest === stamp) return;
    stamp = newest;
    const counting = iam.policies.effective(resource);
    const same = counting.length === policies.length && counting.every((policy, index) => policy === policies[index]);
    if (!same || roles !== iam.roles.changes()) {
      policies = counting;
      roles = iam.roles.changes();
      conditional = counting.some(({ bindings }) => bindings.some(({ condition }) => condition !== undefined));
      granted.clear();
    }
  }

  return (principal, path) => {
    look();
    const ask = () => iam.grantedTo({ permission: 'run.routes.invoke', resource, principal, path });
    if (conditional || (principal !== undefined && principal.sets.length > 0)) return ask();
    const member = principal?.member;
    const known = granted.get(member);
    if (known !== undefined || granted.has(member)) return known;
    if (granted.size >= MOST) granted.clear();
    const by = ask();
    granted.set(member, by);
    return by;
  };
}
