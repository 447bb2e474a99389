import type { Place } from '../deployment/place.ts';
import type { Command } from '../gcloud/command.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';

/** What is said of a resource, by gcloud's flag for it. True is a flag without a value. */
export type Flags = Readonly<Record<string, string | true>>;

export type ResourceKind = 'topic' | 'subscription' | 'queue' | 'schedule' | 'trigger';

/** Something that senders are made of, as it shall be. */
export interface WantedResource {
  readonly kind: ResourceKind;
  /** Its id. */
  readonly name: string;
  readonly flags: Flags;
}

/** One that there is. */
export interface LiveResource extends WantedResource {
  /** What `managed-by` says; undefined where such a resource has no labels. */
  readonly managedBy?: string;
  /** Of a trigger: id of the subscription by which Eventarc carries its events. */
  readonly carrier?: string;
}

/** How gcloud is asked about a kind of resource. A kind is one file. */
export interface Kind {
  /** The API without which there is none. */
  readonly api: string;
  /** All that there are. @throws GcloudError */
  readonly find: (gcloud: Gcloud, at: Place) => Promise<readonly LiveResource[]>;
  readonly create: (wanted: WantedResource, at: Place) => Command;
  /** Brings it to what is wanted; undefined where nothing of it can be changed. */
  readonly update?: (wanted: WantedResource, live: LiveResource, at: Place) => Command;
  readonly remove: (name: string, at: Place) => Command;
  /** What is so for ever, once it is made. */
  readonly fixed: readonly string[];
}

/** Words of a command. */
export function flagWords(flags: Flags, leftOut: readonly string[] = []): string[] {
  return Object.entries(flags)
    .filter(([flag]) => !leftOut.includes(flag))
    .map(([flag, value]) => (value === true ? `--${flag}` : `--${flag}=${value}`));
}

/** The flags that say something. */
export function flagsOf(all: Readonly<Record<string, string | number | boolean | undefined>>): Flags {
  return Object.fromEntries(
    Object.entries(all).flatMap(([flag, value]): [string, string | true][] =>
      value === undefined || value === false || value === '' ? [] : [[flag, value === true ? true : String(value)]],
    ),
  );
}

/** `60s` as Google's APIs write it: `60s`, `60.000s` and `0.100s` are `60s` and `0.1s`. */
export function seconds(duration: string | number | undefined): string | undefined {
  if (duration === undefined) return undefined;
  return `${Number.parseFloat(String(duration))}s`;
}

export const ofProject = ({ project }: Pick<Place, 'project'>) => `--project=${project}`;
export const located = ({ project, region }: Pick<Place, 'project' | 'region'>) => [
  `--location=${region}`,
  `--project=${project}`,
];

/** The last part of a name of Google's: `profiles` of `projects/acme/topics/profiles`. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The e-mail of the account whose tokens it sends. */
export function accountIn({ flags }: Pick<WantedResource, 'flags'>): string | undefined {
  const account = flags['push-auth-service-account'] ?? flags['oidc-service-account-email'] ?? flags['service-account'];
  return account === true ? undefined : account;
}

/** Where it sends to: a URL, or of Eventarc's `SERVICE in REGION`. */
export function targetIn({ flags }: Pick<WantedResource, 'flags'>): string | undefined {
  const {
    'push-endpoint': endpoint,
    uri,
    'destination-run-service': service,
    'destination-run-region': region,
  } = flags;
  if (service !== undefined) return `${service} in ${region}`;
  const url = endpoint ?? uri;
  return url === true ? undefined : url;
}
