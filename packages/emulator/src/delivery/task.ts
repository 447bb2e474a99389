/** Something that is to be delivered once: a message to a subscription, a task, a run of a job. Times are milliseconds since the epoch. */
export interface NewTask {
  /** Resource name of what delivers it: a subscription, a queue, a job. */
  readonly sender: string;
  /** As its users know it: a message's id, a task's name. */
  readonly name: string;
  /** What is delivered one after another; empty where order is no matter. */
  readonly key: string;
  readonly due: number;
  readonly createdAt: number;
  /** What the kind of sender makes its request of. JSON. */
  readonly body: unknown;
}

export interface Task extends NewTask {
  readonly id: number;
  /** How often it was begun to be delivered. Counted before it is sent: who is told twice can see it. */
  readonly attempts: number;
  /** Answers that were none of 5xx. */
  readonly answers: number;
  /** HTTP status of the last attempt; 0 where there was no answer, or no attempt. */
  readonly lastStatus: number;
  /** When it was first attempted, or 0. */
  readonly firstAt: number;
}

/** A request to a gate. */
export interface Outgoing {
  readonly url: string;
  readonly method: string;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Whose ID token goes along; undefined: none does. */
  readonly oidc: { readonly serviceAccountEmail: string; readonly audience: string } | undefined;
  /** Milliseconds that the receiver may take. */
  readonly deadline: number;
}

/** What came of an attempt. */
export interface Outcome {
  /** HTTP status; 0 where nothing was sent, or nothing was answered. */
  readonly status: number;
  /** Why there is no status; empty where there is one. */
  readonly reason: string;
  /** Trace id of the request, as the decision of the gate has it. */
  readonly trace: string;
  /** What the receiver asks to be waited, in milliseconds. */
  readonly retryAfter: number | undefined;
}

/** What becomes of a task after an attempt: it is attempted again, or it is over, and others come of it. */
export type Verdict =
  | { readonly retryAt: number }
  | { readonly over: 'delivered' | 'dead-lettered' | 'given up'; readonly next?: readonly NewTask[] };

/** How much of a sender's may be under way. */
export interface Limits {
  readonly paused: boolean;
  readonly concurrent: number;
  /** Undefined: as many as there are. */
  readonly perSecond?: number;
}

/** A kind of sender, as the loop sees it. */
export interface Kind {
  /** Undefined where there is no such sender, or no more: what it was to deliver goes with it. */
  limits(sender: string): Limits | undefined;
  /** What is sent; or what becomes of it where nothing is; undefined where nothing is to be sent any more. */
  request(task: Task): Outgoing | Verdict | undefined;
  after(task: Task, outcome: Outcome, now: number): Verdict;
}
