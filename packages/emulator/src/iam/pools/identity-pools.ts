import type { JSONWebKeySet } from 'jose';
import type { Project } from '../../identity/project.ts';
import type { Elapsed } from '../../internal/elapsed.ts';
import { list, map, object } from '../../internal/json-shape.ts';
import { remember, type Undo } from '../../internal/remember.ts';
import { discoverKeys, issuerKeys } from './issuer-keys.ts';
import { type TrustedProvider, trustProvider } from './workload-identity.ts';
import type { WorkloadIdentityProvider } from './workload-identity-provider.ts';

/** What users say of a pool or a provider. */
export interface Described {
  readonly displayName?: string;
  readonly description?: string;
  readonly disabled?: boolean;
  /** When it was deleted, in seconds since the epoch. */
  readonly deleted?: number;
}

/** A provider as it was made by the admin API. */
export interface ProviderSettings extends Described {
  readonly pool: string;
  readonly provider: string;
  readonly issuer: string;
  /** Without it the issuer is asked. */
  readonly jwks?: JSONWebKeySet;
  readonly allowedAudiences: readonly string[];
  /** `google.subject`, `google.groups` and `attribute.NAME`, and `assertion.CLAIM` each. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly condition?: string;
}

export interface SavedPools {
  readonly pools: Readonly<Record<string, Described>>;
  readonly providers: readonly ProviderSettings[];
}

/** What a state file must hold of it. What stands deeper is checked where it is used. */
export const savedPoolsShape = object({ pools: map({ type: 'object' }), providers: list({ type: 'object' }) });

/** For so long what was deleted can be brought back, and nothing else has its id. */
export const KEPT_S = 30 * 86_400;

/**
 * Workload identity pools that users make, and the providers in them; those that were deleted are among them for 30 days.
 * @see https://docs.cloud.google.com/iam/docs/manage-workload-identity-pools-providers
 */
export interface IdentityPools {
  pools(): readonly (Described & { readonly pool: string })[];
  pool(id: string): Described | undefined;
  providers(pool: string): readonly ProviderSettings[];
  provider(pool: string, id: string): ProviderSettings | undefined;
  putPool(pool: string, described: Described): void;
  /** @throws EmulatorError PROVIDERS_INVALID for a condition that is none */
  putProvider(settings: ProviderSettings): void;
  /** The provider by its resource name, where it and its pool are there, neither disabled nor deleted. */
  trusted(resource: string): TrustedProvider | undefined;
  save(): SavedPools;
  remember(): Undo;
}

export interface IdentityPoolOptions {
  readonly project: Project;
  readonly elapsed: Elapsed;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Providers that nobody made by the API, by resource name. */
  readonly trusted: (resource: string) => TrustedProvider | undefined;
  readonly saved: SavedPools | undefined;
  readonly onChange: () => void;
}

export function createIdentityPools({
  project,
  elapsed,
  now,
  trusted,
  saved,
  onChange,
}: IdentityPoolOptions): IdentityPools {
  const pools = new Map<string, Described>(Object.entries(saved?.pools ?? {}));
  const providers = new Map<string, ProviderSettings>();
  const made = new Map<string, TrustedProvider>();

  function put(settings: ProviderSettings): void {
    const provider = trustProvider(asProvider(settings), project, elapsed);
    const { issuer, jwks } = settings;
    const keys = jwks === undefined ? issuerKeys(() => discoverKeys(issuer), elapsed) : provider.keys;
    providers.set(`${settings.pool}/${settings.provider}`, settings);
    made.set(provider.resource, { ...provider, keys });
  }
  const kept = <T extends Described>(one: T | undefined): T | undefined =>
    one?.deleted !== undefined && now() - one.deleted >= KEPT_S ? undefined : one;
  const pool = (id: string) => kept(pools.get(id));
  /** What is in a pool goes with it. */
  const provider = (of: string, id: string) =>
    pool(of) === undefined ? undefined : kept(providers.get(`${of}/${id}`));
  const off = (one: Described | undefined) => one === undefined || one.disabled === true || one.deleted !== undefined;

  for (const settings of saved?.providers ?? []) put(settings);

  return {
    pools: () => [...pools.keys()].filter((id) => pool(id) !== undefined).map((id) => ({ ...pool(id), pool: id })),
    pool,
    providers: (of) => [...providers.values()].filter((one) => one.pool === of && provider(of, one.provider) === one),
    provider,
    putPool(id, described) {
      // What was in one that is gone for good does not come back with its id.
      if (pool(id) === undefined)
        for (const key of [...providers.keys()]) if (key.startsWith(`${id}/`)) providers.delete(key);
      pools.set(id, described);
      onChange();
    },
    putProvider(settings) {
      put(settings);
      onChange();
    },
    trusted(resource) {
      const found = made.get(resource);
      if (found === undefined) return trusted(resource);
      return off(pool(found.pool)) || off(provider(found.pool, found.provider)) ? undefined : found;
    },
    remember: () => remember(pools, providers, made),
    save: () => ({ pools: Object.fromEntries(pools), providers: [...providers.values()] }),
  };
}

function asProvider(settings: ProviderSettings): WorkloadIdentityProvider {
  const { pool, provider, issuer, jwks = { keys: [] }, allowedAudiences, mapping, condition } = settings;
  const groups = mapping['google.groups']?.slice('assertion.'.length);
  const attributes = Object.entries(mapping).flatMap(([name, claim]) =>
    name.startsWith('attribute.') ? [[name.slice('attribute.'.length), claim.slice('assertion.'.length)]] : [],
  );
  return {
    pool,
    provider,
    issuer,
    jwks,
    allowedAudiences,
    attributes: Object.fromEntries(attributes),
    ...(groups === undefined ? {} : { groups }),
    ...(condition === undefined ? {} : { condition }),
  };
}
