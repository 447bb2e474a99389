import type { ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { FrontEnd } from '../gate/front-end.ts';
import type { Gate, GatedService } from '../gate/gate.ts';
import type { TwoProtocolServer } from '../gate/http2/two-protocol-server.ts';
import type { ContainerState } from '../runtime/container.ts';
import type { ServiceSettings } from './front-end-of-service.ts';
import type { Principal } from './principal.ts';
import type { RevisionPlan, RevisionRuntime } from './revision-runtime.ts';
import type { Target } from './traffic.ts';

/** One service: its gate, and the revisions behind it. */
export interface ServiceRuntime {
  readonly name: string;
  /** The gate's address: what callers are told. */
  readonly url: string;
  /** Every URL that is an audience of the service: its run.app ones and its gate's. */
  readonly origins: readonly string[];
  /** Where programs are told that it is: its gate, or its production address. */
  readonly toldUrl: string;
  /** `run.app` host names: the deterministic one and the one with the hash. */
  readonly hosts: readonly [string, string];
  readonly gated: GatedService;
  readonly gateServer: TwoProtocolServer;
  /** What the gate would decide about a request with this token from this address. */
  readonly judge: Gate['judge'];
  /** The newest revision, or undefined where the service is not deployed. */
  readonly newest: RevisionRuntime | undefined;
  /** What the service asks of its gate: ingress, tags, audiences, limits. */
  readonly frontEnd: FrontEnd;
  /** Changes what the service asks of its gate, whatever is deployed; the next request meets it. */
  configure(change: Partial<FrontEnd>): void;
  /** The newest container's own address, which goes round the gate, or undefined while none is up. For tests that count what reached it. */
  readonly containerUrl: string | undefined;
  /** The folder that the newest container is started from; undefined where that runs elsewhere, or there is none. */
  readonly folder: string | undefined;
  readonly state: ContainerState;
  /** The environment that the newest container was given, besides PORT, PATH and the like. */
  readonly env: Readonly<Record<string, string>>;
  listed(): ListedService;
  /** The metadata server of an account whom revisions of this service run as. @throws EmulatorError */
  principalOf(account: ServiceAccount): Promise<Principal>;
  /** Starts one more revision, which serves once traffic is sent to it. @throws EmulatorError when it does not come up */
  start(plan: RevisionPlan): Promise<void>;
  /** What is still coming up is not waited for any more: its start rejects with SUPERSEDED. */
  giveUp(): void;
  /** Whether this revision is running. */
  runs(revision: string): boolean;
  /** Where this revision is running it is the newest again; what came after it serves until {@link route} is called. */
  goBack(revision: string): void;
  /** From now on the front end is so, and requests go to these revisions; other revisions are stopped. */
  route(settings: ServiceSettings, targets: readonly Target[]): Promise<void>;
  /** Takes the service away: its gate answers 404, its containers are stopped. */
  withdraw(): Promise<void>;
  /** Stops the containers; the gate goes on answering. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** What is said of it. */
export interface ListedService {
  readonly name: string;
  /** E-mail of the service account. */
  readonly serviceAccount: string;
  /** The gate's address. */
  readonly url: string;
  /** `host:port`, as GCE_METADATA_HOST wants it. */
  readonly metadataHost: string;
  readonly state: ContainerState;
}
