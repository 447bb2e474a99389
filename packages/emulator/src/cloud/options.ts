import type { Declaration } from '@run-edges/edges';
import type { GoogleSettings } from '../google/google-settings.ts';
import type { Groups } from '../iam/policies/groups.ts';
import type { WorkloadIdentityProvider } from '../iam/pools/workload-identity-provider.ts';
import type { Project } from '../identity/project.ts';
import type { GateSettings } from '../run/gate/settings.ts';
import type { LogLine, StateChange } from '../run/revisions/create-service-runtime.ts';
import type { IsolationSetting } from '../run/runtime/isolation.ts';
import type { FaultSettings } from '../watch/faults/faults.ts';

export interface EmulatorOptions {
  /** The declaration, or the path of its file. */
  readonly edges: Declaration | string;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Names by which users call this machine, beside its own and Google's: others are refused, lest a web page use one. */
  readonly names?: readonly string[];
  /** Port of the API; the gates take the ports after it in the order of the declaration. Default 0: free ports. */
  readonly port?: number;
  /** Port of the first metadata server; the others take the ones after it. Default 0: free ports. */
  readonly metadataPort?: number;
  /**
   * Each service shares a network with the emulator and nobody else: who calls in on it is that service, and meets the
   * gates, its own metadata server and Google's public keys on this port. By production addresses it also meets the gates
   * and Google's APIs by https, on port 443; what programs have to trust is written into the folder `trust`, by default one
   * of its own in `stateDir`. Default: no such networks.
   */
  readonly networks?: { readonly port: number; readonly trust?: string };
  /**
   * How programs are told to reach services and Google: by `local` addresses, or by those of `production`, https and
   * all, which a proxy for each of them leads here, or the names themselves where there are `networks`. Default `local`.
   */
  readonly addresses?: 'local' | 'production';
  /**
   * By production addresses, programs also reach the rest of the world: public host names, at 443 and 80, by tunnels.
   * Default false: they are refused.
   */
  readonly passThrough?: boolean;
  readonly project?: Project;
  /** False leaves the project empty: nothing is deployed, no account is made, and no API is enabled. Default true. */
  readonly deployed?: boolean;
  /**
   * Gates let everybody through, and tell of each request whom it is from and what would have been decided: that is how
   * edges are found out. Services are told the URLs of all. On this machine alone. Default false.
   */
  readonly learn?: boolean;
  /**
   * What runs where an image is deployed: its name, or the last part of it, and the folder of an app or the address of
   * one that already runs. The declared services' names stand for their own apps.
   */
  readonly images?: Readonly<Record<string, string>>;
  /** Services that already run somewhere, by name: the gate fronts this address and starts nothing. */
  readonly fronts?: Readonly<Record<string, string>>;
  /** Environment for services beyond what the declaration says, by name. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** How the gates behave where Google leaves room, and their limits. */
  readonly gate?: GateSettings;
  /** How the metadata server and the token endpoints behave where Google leaves room. */
  readonly google?: GoogleSettings;
  /** Groups and their members, or a YAML file with `groups:`. Default none. */
  readonly groups?: Groups | string;
  /**
   * What the developer shows to be signed in, to set faults and to rotate keys by the API: 32 printable characters or
   * more. Default: a random one, in {@link Cloud.developerToken}.
   */
  readonly developerToken?: string;
  /** Members with roles/owner on the project. Default `user:developer@example.com`. */
  readonly owners?: readonly string[];
  /** What goes wrong on Google's side from the start. Default nothing. */
  readonly faults?: Partial<FaultSettings>;
  /** Issuers outside Google whose subjects are trusted, or a YAML file with `workloadIdentityProviders:`. Default none. */
  readonly workloadIdentityProviders?: readonly WorkloadIdentityProvider[] | string;
  /**
   * Folder for what is kept over a restart: a folder for each service, and the emulator's own keys, key files and
   * policies in `emulator.json`. Default: a temporary one, removed at the end.
   */
  readonly stateDir?: string;
  /**
   * Whether services are kept apart from each other and from the developer: `auto`, by namespaces of their own where this
   * machine has them; or `none`, so that all of them are as much as the developer is. Default `auto`.
   */
  readonly isolation?: IsolationSetting;
  /** Milliseconds until a container must listen. Default 240,000 as on Cloud Run. */
  readonly startTimeout?: number;
  /**
   * Milliseconds without a request after which the container of a service with `minInstances` 0 is stopped, to be
   * started again by the next request. Cloud Run takes up to 15 minutes. Default: never.
   */
  readonly scaleToZero?: number;
  /** Milliseconds that requests under way at gates may still take when all is stopped. Default 0. */
  readonly stopGrace?: number;
  /** Seconds since the epoch; the emulator's idea of now. */
  readonly now?: () => number;
  /** Aborting it while the services start stops them and rejects. */
  readonly signal?: AbortSignal;
  readonly onLog?: (log: LogLine) => void;
  /** Told the faults that are on, whenever that changes. */
  readonly onFaults?: (active: readonly string[]) => void;
  /** Told what to know about a policy that was written: that a path it excludes can be written otherwise, for instance. */
  readonly onWarning?: (warning: string) => void;
  readonly onState?: (change: StateChange) => void;
}
