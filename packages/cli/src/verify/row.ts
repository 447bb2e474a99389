import type { Command } from '../gcloud/command.ts';

/**
 * What a row is about. Who may invoke, or become who may:
 * - `edge`: as the declaration says.
 * - `extra`: may invoke a service, and no edge names it.
 * - `condition`: an edge names it, on another condition.
 * - `public-by-mistake`: everybody may invoke a private service.
 * - `widened`: a role in the project, or above it, lets somebody invoke every service.
 * - `admits`: a role lets somebody change a policy, and so let anybody in.
 * - `becomes`: somebody may have tokens of an account that calls.
 * - `deploys`: somebody may run code of their own as an account that calls.
 * - `key`: there is a key of an account that calls, and whoever has it is that account.
 *
 * How else a live project differs from the declaration:
 * - `not-deployed`: there is no service, job or worker pool of the name.
 * - `missing`: a declared grant is not there, or not on the declared condition.
 * - `not-public`: a public service is shut.
 * - `wrong-identity`: one of them runs as another account, so that its edges are not its own.
 * - `ingress`: requests are let in from elsewhere than declared.
 * - `protocol`: the container is spoken to in another protocol than declared, and so answers nobody.
 * - `sender`: a topic, subscription, queue, schedule or trigger is not there, or not as declared.
 * - `sends`: one that is not declared calls a declared receiver, or with the account of a declared caller.
 * - `sets-off`: somebody may make a sender call whom its `from` does not name.
 * - `authoritative-owner`: Terraform owns the whole policy of a service that drifts: what is mended here, it undoes.
 *
 * And of the looking itself:
 * - `stale`: something is accepted that nobody holds.
 * - `not-seen`: something could not be looked at.
 */
export type RowKind =
  | 'edge'
  | 'extra'
  | 'condition'
  | 'public-by-mistake'
  | 'widened'
  | 'admits'
  | 'becomes'
  | 'deploys'
  | 'key'
  | 'not-deployed'
  | 'missing'
  | 'not-public'
  | 'wrong-identity'
  | 'ingress'
  | 'protocol'
  | 'sender'
  | 'sends'
  | 'sets-off'
  | 'authoritative-owner'
  | 'stale'
  | 'not-seen';

/** Where the access comes from, or what it is that differs. */
export type Path =
  | 'service'
  | 'project'
  | 'folder'
  | 'organization'
  | 'account'
  | 'key'
  | 'job'
  | 'workerPool'
  | 'sender';

export type State = 'declared' | 'accepted' | 'drift' | 'unseen';

/** One way by which somebody may invoke a service, or one thing that is not as declared. */
export interface Row {
  readonly kind: RowKind;
  /** The receivers that it opens, joined by `, `; `*` for every one. */
  readonly service: string;
  /** Of services that are in several regions. */
  readonly region?: string;
  /** Who: an IAM member, or nothing where it is about the service itself. */
  readonly member: string;
  readonly role: string;
  readonly path: Path;
  /** Whose policy it is in: a service, an account's e-mail, `project`, or the number of a folder or an organisation. */
  readonly on: string;
  /** The expression of the binding's condition. */
  readonly condition?: string;
  readonly state: State;
  /** One sentence without a full stop. */
  readonly reason: string;
  /** gcloud's arguments that mend it, or undefined where it is not for gcloud to mend. */
  readonly fix?: Command;
  /** True where the mend takes access away from somebody. */
  readonly takes?: boolean;
  /** Who made what the mend takes away, as far as labels and names tell. */
  readonly origin?: string;
  /** What to do by hand instead. */
  readonly mend?: string;
}

/** What can be accepted in the file: somebody's access. */
const WAYS: ReadonlySet<RowKind> = new Set([
  'extra',
  'condition',
  'public-by-mistake',
  'widened',
  'admits',
  'becomes',
  'deploys',
  'key',
]);

export function isAcceptable({ kind, member }: Pick<Row, 'kind' | 'member'>): boolean {
  return WAYS.has(kind) && member !== '';
}
