import { ANONYMOUS, invokersOf } from '@run-edges/edges';
import { saidOf } from '../../iam/policies/said-of-grant.ts';
import { UNCHECKED } from '../routes/edge-routes.ts';
import { type EdgeFacts, isAsked, isChanged, isPlain, verdictOf } from './edge-facts.ts';

/** Why an edge is as it is: the grants that decide, and what the declaration says. Without a full stop. */
export function reasonFor(facts: EdgeFacts): string {
  const { declared, failing, path } = facts;
  if (verdictOf(facts) === 'allowed') {
    if (isChanged(facts)) return `${whatLetsIn(facts)}; ${declared.reason}`;
    const asked = facts.grants.filter((grant) => isAsked(facts, grant));
    const others = facts.grants.filter((grant) => !asked.includes(grant)).map(saidOf);
    return (asked.length > 0 || others.length === 0 ? [declared.reason, ...others] : [...others, declared.reason]).join(
      '; ',
    );
  }
  const condition =
    failing.length === 0 ? '' : `${failing.map(saidOf).join(', and ')}, which does not hold for ${path} now`;
  const parts = [isChanged(facts) ? whatShutsOut(facts) : '', condition, declared.reason];
  return parts.filter((part) => part !== '').join('; ');
}

function whatLetsIn(facts: EdgeFacts): string {
  const { by, receiver, grants, sharers, declaration } = facts;
  if (by === UNCHECKED) return `${receiver} checks no invoker`;
  const declared = invokersOf(declaration, receiver);
  const sharer = sharers.find((name) => declared.includes(name));
  if (sharer !== undefined) return `${sharer} runs as the same account, and calls ${receiver}`;
  const plain = grants.every(isPlain);
  if (asRead(facts)) return `the emulator has read another declaration, and lets ${by} in`;
  return `the policy was changed: ${plain ? `it lets ${by} in` : grants.map(saidOf).join(', and ')}`;
}

function whatShutsOut(facts: EdgeFacts): string {
  if (asRead(facts)) return 'the emulator has read another declaration, and does not let the caller in';
  return 'the policy was changed: it lets the caller in no more';
}

/** Whether the policy is what the emulator's own declaration says, whatever this one does. */
function asRead(facts: EdgeFacts): boolean {
  const { caller, receiver, read, by, grants } = facts;
  const calls = [`${caller} ${receiver}`, `${ANONYMOUS} ${receiver}`];
  const declared = read?.some((one) => calls.some((call) => one === call || one.startsWith(`${call} `)));
  return declared === (by !== null) && grants.every((grant) => isPlain(grant) || isAsked(facts, grant));
}
