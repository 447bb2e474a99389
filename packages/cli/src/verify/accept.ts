import { type Accepted, serviceAccountEmail } from '@run-edges/edges';
import { isAcceptable, type Row } from './row.ts';
import type { Seen } from './seen.ts';

/** Where Google keeps the agents of its services. */
const GOOGLE_AGENT =
  /^serviceAccount:(?:service-\d+@(?:gcp-sa-[\w-]+|serverless-robot-prod|gcf-admin-robot|cloudcomposer-accounts|container-engine-robot|compute-system|containerregistry|dataflow-service-producer-prod|cloud-ml|firebase-rules|sourcerepo-service-accounts|gae-api-prod)\.(?:google\.com\.)?iam|\d+@cloudservices)\.gserviceaccount\.com$/;

/** Roles that Google grants to its agents by itself. */
const AGENT_ROLE = /^roles\/[\w.]*serviceAgent$/i;

/** The rows, with what is accepted said to be so, and which acceptance is over. */
export function settle(rows: readonly Row[], seen: Seen): readonly Row[] {
  const owners = ownersOf(seen);
  return rows.map((row): Row => {
    if (row.state !== 'drift' || !isAcceptable(row)) return row;
    const byItself = acceptedByItself(row, owners);
    if (byItself !== undefined) return accept(row, byItself);
    if (seen.acceptedMembers.has(row.member)) return accept(row, 'accepted by --accept');
    const entries = seen.accepted.filter((entry) => covers(entry, row, seen));
    const good = entries.find((entry) => !isOver(entry, seen.now));
    if (good !== undefined)
      return accept(row, `accepted: ${good.reason}${good.until === undefined ? '' : `, until ${good.until}`}`);
    const [over] = entries;
    return over === undefined
      ? row
      : { ...row, reason: `${row.reason}; it was accepted until ${over.until}, which is over: ${over.reason}` };
  });
}

function accept({ fix: _mend, takes: _away, origin: _whose, mend: _byHand, ...row }: Row, why: string): Row {
  return { ...row, state: 'accepted', reason: `${row.reason}; ${why}` };
}

/**
 * Who owns a project may do everything with it, and take every right back that is taken away: a person who does is named,
 * and is no difference. Nor is an agent of Google's with a role that Google gave it. What stands on a service is neither.
 */
function acceptedByItself({ path, member, role }: Row, owners: ReadonlySet<string>): string | undefined {
  if (path === 'service') return undefined;
  if (owners.has(member)) return 'owns the project';
  if (path !== 'project' || !GOOGLE_AGENT.test(member)) return undefined;
  const itsOwn =
    AGENT_ROLE.test(role) || (role === 'roles/editor' && member.endsWith('@cloudservices.gserviceaccount.com'));
  return itsOwn ? 'an agent of Google’s, with the role that Google gave it' : undefined;
}

/** The people who own the project. */
function ownersOf({ policies }: Seen): ReadonlySet<string> {
  const owning = policies.flatMap(({ bindings }) =>
    bindings.filter(({ role, condition }) => role === 'roles/owner' && condition === undefined),
  );
  return new Set(owning.flatMap(({ members }) => members.filter((member) => member.startsWith('user:'))));
}

/** What a project inherits is accepted on the project. */
function covers({ member, on }: Accepted, row: Row, { project }: Seen): boolean {
  if (member !== row.member) return false;
  if (row.path === 'service') return on === row.on;
  if (row.path === 'account' || row.path === 'key') return on === row.on || serviceAccountEmail(on, project) === row.on;
  return on === 'project';
}

/** The day itself is still good, in UTC. */
function isOver({ until }: Accepted, now: Date): boolean {
  return until !== undefined && now.getTime() >= Date.parse(until) + 24 * 60 * 60 * 1000;
}

/** What is accepted in the file and held by nobody. */
export function staleRows(rows: readonly Row[], seen: Seen): readonly Row[] {
  const unused = seen.accepted.filter((entry) => !rows.some((row) => isAcceptable(row) && covers(entry, row, seen)));
  return unused.map(({ member, on, reason }) => ({
    kind: 'stale',
    service: '*',
    member,
    role: '',
    path: on === 'project' ? 'project' : 'service',
    on,
    state: 'accepted',
    reason: `${member} is accepted on ${on} (${reason}), and has nothing there: the entry can go`,
  }));
}
