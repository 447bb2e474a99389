import type { Accepted } from '@run-edges/edges';
import type { LiveService } from '../deployment/live-service.ts';
import type { LiveJob, LiveWorkerPool } from '../deployment/live-workloads.ts';
import type { Place } from '../deployment/place.ts';
import type { Binding, Condition } from '../gcloud/binding.ts';
import type { FoundSenders } from '../senders/live-senders.ts';
import type { WantedSenders } from '../senders/wanted-senders.ts';

/** What verify looked at. */
export interface Seen {
  readonly project: string;
  /** Where services are that name no region. */
  readonly region: string;
  readonly services: readonly LiveService[];
  readonly jobs: readonly SeenWorkload[];
  readonly workerPools: readonly SeenWorkload[];
  /** The project's own policy first, then those above it that could be read. */
  readonly policies: readonly SeenPolicy[];
  /** Every account of the project by its e-mail, or undefined where they may not be listed. */
  readonly accounts: ReadonlyMap<string, SeenAccount> | undefined;
  /** What each role allows of what counts here. */
  readonly roles: ReadonlyMap<string, ReadonlySet<string>>;
  /** What senders are made of; undefined where it could not be looked at, or none is declared. */
  readonly senders: SeenSenders | undefined;
  readonly unseen: readonly Unseen[];
  /** By the file. */
  readonly accepted: readonly Accepted[];
  /** By a flag: members whose every way in is on purpose. */
  readonly acceptedMembers: ReadonlySet<string>;
  readonly now: Date;
}

export interface SeenSenders {
  readonly place: Place;
  readonly wanted: WantedSenders;
  readonly found: FoundSenders;
}

export type SeenWorkload = Pick<LiveJob | LiveWorkerPool, 'name' | 'region' | 'account'>;

export interface SeenPolicy {
  readonly path: 'project' | 'folder' | 'organization';
  /** `project`, or the number of a folder or an organisation. */
  readonly on: string;
  readonly bindings: readonly Binding[];
}

export interface SeenAccount {
  readonly email: string;
  /** Whether run-edges made it. */
  readonly ours: boolean;
  /** Of accounts that call alone. */
  readonly bindings: readonly Binding[];
  /** Ids of the keys that users have, of accounts that call alone. */
  readonly keys: readonly string[];
}

/** What could not be looked at. */
export interface Unseen {
  readonly path: 'project' | 'folder' | 'organization' | 'account' | 'sender';
  readonly on: string;
  /** One sentence without a full stop. */
  readonly reason: string;
  /** What lets it be seen. */
  readonly mend: string;
}

/** An e-mail says enough to people. */
export function shown(member: string): string {
  return member.replace(/^serviceAccount:/, '');
}

/** A condition, as it follows a sentence. */
export function onlyWhen(condition: Condition | undefined): string {
  return condition === undefined ? '' : ` when ${condition.expression}`;
}
