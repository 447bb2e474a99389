import type { Declaration } from '@run-edges/edges';
import type { Delivery } from '../delivery/history.ts';
import type { PolicyStore } from '../iam/policies/policy-store.ts';
import type { ServiceAccountKeyFile } from '../identity/accounts/account-keys.ts';
import type { Project } from '../identity/project.ts';
import type { UserCredentials } from '../identity/tokens/user-credentials.ts';
import type { ExternalRuntime } from '../run/external/external-receivers.ts';
import type { Principal } from '../run/revisions/principal.ts';
import type { ServiceRuntime } from '../run/revisions/service-runtime.ts';
import type { DecisionLog } from '../watch/decisions/decision-log.ts';
import type { Faults } from '../watch/faults/faults.ts';

/** Google's side, running. Dispose of it to stop everything that it started. */
export interface Cloud extends AsyncDisposable {
  /** Address of the API and the Google endpoints. */
  readonly url: string;
  readonly project: Project;
  /** How programs are told to reach services and Google. */
  readonly addresses: 'local' | 'production';
  /** As it was given at the start, or to {@link declare} last. */
  readonly declaration: Declaration;
  /** The deployed services: in the order of the declaration, then those that came later. */
  readonly services: readonly ServiceRuntime[];
  /** The receivers that others own: a gate before what answers in their place. */
  readonly external: readonly ExternalRuntime[];
  /** Every identity that has a metadata server: the services and the stranger. */
  readonly principals: readonly Principal[];
  readonly decisions: DecisionLog;
  /** IAM policies; a change counts from the next request on, or after the fault `policyDelay`. */
  readonly policies: PolicyStore;
  readonly faults: Faults;
  /** The clock of schedules, deadlines, retries and tokens. */
  readonly time: {
    /**
     * Moves it on, with a stop wherever something is due until that is delivered or refused; a number is seconds. What runs
     * in processes of its own keeps its own clock. @throws EmulatorError SETTING_INVALID
     * @example await cloud.time.advance('24h');
     */
    advance(by: string | number): Promise<{ readonly now: Date; readonly stops: number }>;
  };
  /** What Pub/Sub, Cloud Tasks, Cloud Scheduler and Eventarc deliver. */
  readonly deliveries: {
    /** The newest, oldest first; bounded. */
    list(): readonly Delivery[];
    /** Resolves when nothing is due nor under way. @param timeout milliseconds; default 30,000. @throws EmulatorError NOT_IDLE */
    idle(options?: { readonly timeout?: number }): Promise<void>;
  };
  /** Who sends it to the API under `/run-edges/v1` is the developer: it changes faults and keys, and gives credentials. */
  readonly developerToken: string;
  /** Whether the services that are started here are kept apart, and in one line by what, or why not. */
  readonly isolation: { readonly apart: boolean; readonly says: string };
  /** The service with this name. @throws EmulatorError UNKNOWN_PRINCIPAL */
  service(name: string): ServiceRuntime;
  /**
   * Where programs are told that a service is, or a receiver of others: its gate, or its production address.
   * @throws EmulatorError UNKNOWN_PRINCIPAL
   */
  urlOf(name: string): string;
  /**
   * Environment that makes any Google client library be this service or the stranger, and GOOGLE_CERTS_URL, where the keys
   * are. Without a name what the developer's own programs take production addresses by, which is nothing where addresses
   * are local. @throws EmulatorError UNKNOWN_PRINCIPAL
   */
  env(name?: string): Record<string, string>;
  /**
   * An ID token of a declared caller of any kind, or of the stranger, good whatever faults are on. That of a person, a group
   * or a domain has gcloud as its audience. @throws EmulatorError UNKNOWN_PRINCIPAL, NO_ID_TOKEN
   */
  idToken(name: string, audience: string): Promise<string>;
  /** A key file of this service's account or the stranger's. @throws EmulatorError UNKNOWN_PRINCIPAL */
  serviceAccountKey(name: string): Promise<ServiceAccountKeyFile>;
  /** What `gcloud auth application-default login` would leave behind for this developer. */
  userCredentials(email: string): Promise<UserCredentials>;
  /** The next key signs from now on; with `withdraw` tokens signed before are refused at once. */
  rotateKeys(options?: { readonly withdraw?: boolean }): Promise<void>;
  /**
   * Takes another declaration in the place of this one, while everything goes on: policies, gates, the matrix and the
   * console have it when the promise of this resolves; what is deployed comes up after that. Whatever was changed by an
   * API stays, where the declaration does not change it.
   * @throws DeclarationError, EmulatorError STOPPING, and nothing has changed
   */
  declare(declaration: Declaration): Promise<Declaring>;
  /**
   * Starts a service or a worker pool once more from its folder, as a new revision: what runs goes on until that one is up.
   * @throws EmulatorError UNKNOWN_PRINCIPAL, or what is in its way; what ran before goes on
   */
  redeploy(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** What another declaration brings about. */
export interface Declaring {
  /** The services, jobs and worker pools that are deployed because of it, those whose environment changes among them. */
  readonly deploying: readonly string[];
  /** Resolves when they are up, with those that are not: what they were before goes on. */
  readonly settled: Promise<readonly NotUp[]>;
}

/** A workload that did not come up. */
export interface NotUp {
  readonly name: string;
  readonly error: Error;
}
