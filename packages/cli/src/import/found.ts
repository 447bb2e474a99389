import type { Part } from '../edges-file/draft.ts';
import type { Condition } from '../gcloud/binding.ts';

/** What runs in a container in one region, as a project or a state of Terraform has it. */
export interface FoundWorkload {
  readonly part: Exclude<Part, 'principals'>;
  readonly name: string;
  readonly region: string;
  /** E-mail; empty: nothing is said, and the project's default account is used. */
  readonly account: string;
  /** By the keys of edges.yaml; one that says the default may stand here. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Variables that stand there in the open. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of those whose value is a secret. */
  readonly secrets: readonly string[];
  /** Everybody is let in, without a look at policies. */
  readonly unchecked: boolean;
  /** As a comment names it. */
  readonly from: string;
}

/** A member of a binding on one service. */
export interface FoundGrant {
  readonly service: string;
  readonly region: string;
  readonly role: string;
  readonly member: string;
  readonly condition: Condition | undefined;
  /** As a comment names it. */
  readonly from: string;
}

/** Who of another identity provider acts as which account. */
export interface FoundActing {
  readonly member: string;
  /** E-mail. */
  readonly account: string;
  readonly from: string;
}

/** What there is, wherever it was read. */
export interface Found {
  /** As the head of the file names it: `the project my-project`. */
  readonly source: string;
  /** Project id. */
  readonly project: string;
  readonly workloads: readonly FoundWorkload[];
  /** Of roles that let their members invoke the service, and of no others. */
  readonly grants: readonly FoundGrant[];
  readonly acting: readonly FoundActing[];
  /** What the reading itself came across and no declaration can say. */
  readonly notes: readonly string[];
}
