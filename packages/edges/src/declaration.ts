import type {
  EventarcSettings,
  PubsubSettings,
  SchedulerSettings,
  SenderKind,
  TasksSettings,
} from './sender-settings.ts';

/** What an edge is limited to: an IAM condition on its binding. */
export interface EdgeLimit {
  /** Paths, each exact (`/events`) or with all below it (`/search/*`). None: every path. */
  readonly paths: readonly string[];
  /** `YYYY-MM-DD`: good before the end of that day, UTC. Absent: for ever. */
  readonly until?: string;
}

/** Whatever has an identity and calls. */
export interface Calling {
  readonly name: string;
  /** Names of the receivers that it may call, in the order of the file. Default none. */
  readonly calls: readonly string[];
  /** What is known of the edges that are limited, by receiver. Absent: no edge is. */
  readonly limits?: Readonly<Record<string, EdgeLimit>>;
  /** Who answers for it; kept for people. */
  readonly owner?: string;
}

/** An image that is built from a Dockerfile. */
export interface Build {
  /** Absolute folder. In the file it is relative to the file's folder. */
  readonly context: string;
  /** Absolute. In the file it is relative to `context`; default `Dockerfile`. */
  readonly dockerfile: string;
}

/** What runs in a container of its own under an account of this project. */
export interface Workload extends Calling {
  /** Account id, 6 to 30 characters. Default `<name>-run`. Those who share one share their edges. */
  readonly serviceAccount: string;
  /** Absolute folder of the app. In the file it is relative to the file's folder; default `../apps/<name>`. */
  readonly source: string;
  /**
   * How the app is started on a laptop, in its `source`: a text for `/bin/sh -c`, or words that are run without a shell.
   * Absent: by the `start` script of its package.json.
   */
  readonly command?: string | readonly string[];
  /** The image that is deployed in place of one built from `source`. Excludes `build`. */
  readonly image?: string;
  /** How the image is built, in place of how that of `source` is. Excludes `image`. */
  readonly build?: Build;
  /** Environment variables, beside those that are derived. Default none. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it is deployed, the first one first. Absent: in the region that a command names. */
  readonly regions?: readonly string[];
}

/** One Cloud Run service, with every default filled in. */
export interface Service extends Workload {
  /** True when allUsers may invoke it. Default false. */
  readonly public: boolean;
  /** Default `all`. */
  readonly ingress: 'all' | 'internal' | 'internal-and-cloud-load-balancing';
  /** Custom audiences, beside the service's own URLs. Default none. */
  readonly audiences: readonly string[];
  /** Default 0. */
  readonly minInstances: number;
  /** Default 100. */
  readonly maxInstances: number;
  /** Requests at once per instance, 1 to 1000. Default 80. */
  readonly concurrency: number;
  /**
   * Whether its container speaks HTTP/2 without TLS (h2c), and nothing else. Absent: HTTP/1.1, and a deployment leaves
   * what is deployed as it is. gRPC reaches a container in HTTP/2 in any case.
   */
  readonly http2?: boolean;
}

/** One Cloud Run job: it runs to its end when it is executed, and has no address. */
export interface Job extends Workload {
  /** What the container starts wherever it runs, in place of the image's own. Absent: that. */
  readonly command?: readonly string[];
  /** Tasks of one execution, 1 to 10,000. Default 1. */
  readonly tasks: number;
  /** Tasks at once. Default 0: as many as there are. */
  readonly parallelism: number;
  /** How often a failed task is tried again, 0 to 10. Default 3. */
  readonly maxRetries: number;
  /** Seconds that one try of a task may take, 1 to 604,800. Default 600. */
  readonly timeout: number;
}

/** One Cloud Run worker pool: instances that run all the time, and have no address. */
export interface WorkerPool extends Workload {
  /** Default 1. */
  readonly instances: number;
}

/** Who calls and is not deployed from this file. */
export interface Principal extends Calling {
  /** As IAM names it: `serviceAccount:`, `user:`, `group:`, `domain:`, `principal:` or `principalSet:`. */
  readonly member: string;
  /** Of federated members alone, who have no ID tokens of their own: the account that they act as. Default `<name>-run`. */
  readonly serviceAccount?: string;
}

/** A receiver that others own. */
export interface ExternalReceiver {
  readonly name: string;
  /** An https origin; http on this machine alone. */
  readonly url: string;
  /** What its ID tokens are for. Default: the URL. */
  readonly audience: string;
  readonly owner?: string;
}

/** Who calls one receiver when something happens; `calls` has that one. Exactly the settings of its kind are there. */
export interface Sender extends Calling {
  readonly kind: SenderKind;
  /** Name of the receiver. */
  readonly to: string;
  /** The path that is called. Default `/`. Tokens are for the receiver's URL, without it. */
  readonly path: string;
  /** Names of the callers that may make it call: they publish, or put tasks into its queue. Default none. */
  readonly from: readonly string[];
  /** Account id, 6 to 30 characters. Default `<name>-run`. */
  readonly serviceAccount: string;
  /** The project that it and its account are in. Absent: the declaration's own. */
  readonly project?: string;
  readonly pubsub?: PubsubSettings;
  readonly tasks?: TasksSettings;
  readonly scheduler?: SchedulerSettings;
  readonly eventarc?: EventarcSettings;
}

/** Access that is not declared as an edge and is meant to be there, for `verify`. */
export interface Accepted {
  readonly member: string;
  /** `project`, the name of a service, or the id or e-mail of a service account. */
  readonly on: string;
  readonly reason: string;
  /** `YYYY-MM-DD`: good before the end of that day, UTC. */
  readonly until?: string;
}

/** A call that nothing may ever make possible: `login -> search` in the file. `*` is everybody, `anonymous` nobody's identity. */
export interface Never {
  readonly caller: string;
  readonly receiver: string;
}

/** Everything that a declaration file says. A part that is absent has nothing in it. */
export interface Declaration {
  /** The path as it was given to the reader. */
  readonly file: string;
  /** In the order of the file, as all parts are. */
  readonly services: readonly Service[];
  readonly jobs?: readonly Job[];
  readonly workerPools?: readonly WorkerPool[];
  readonly principals?: readonly Principal[];
  readonly external?: readonly ExternalReceiver[];
  readonly senders?: readonly Sender[];
  readonly accepted?: readonly Accepted[];
  readonly never?: readonly Never[];
}
