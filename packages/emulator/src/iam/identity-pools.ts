import type { JSONWebKeySet } from 'jose';
import type { Project } from '../identity/project.ts';
import type { Elapsed } from '../internal/elapsed.ts';
import { remember, type Undo } from '../internal/remember.ts';
import { discoverKeys, issuerKeys } from './issuer-keys.ts';
import { type TrustedProvider, trustProvider, type WorkloadIdentityProvider } from './workload-identity.ts';

/** What users say of a pool or a provider. */
export interface Described {
  readonly displayName?: string;
  readonly description?: string;
  readonly disabled?: boolean;
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

/** Workload identity pools that users make, and the providers in them. */
export interface IdentityPools {
  readonly pools: ReadonlyMap<string, Described>;
  /** By `POOL/PROVIDER`. */
  readonly providers: ReadonlyMap<string, ProviderSettings>;
  putPool(pool: string, described: Described): void;
  removePool(pool: string): void;
  /** @throws EmulatorError PROVIDERS_INVALID for a condition that is none */
  putProvider(settings: ProviderSettings): void;
  removeProvider(pool: string, provider: string): void;
  /** The provider by its resource name, where it and its pool are there and not disabled. */
  trusted(resource: string): TrustedProvider | undefined;
  save(): SavedPools;
  remember(): Undo;
}

export interface IdentityPoolOptions {
  readonly project: Project;
  readonly elapsed: Elapsed;
  /** Providers that were there from the start. */
  readonly trusted: ReadonlyMap<string, TrustedProvider>;
  readonly saved: SavedPools | undefined;
  readonly onChange: () => void;
}

export function createIdentityPools({
  project,
  elapsed,
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
  function drop(key: string): void {
    const [pool = '', name = ''] = key.split('/');
    providers.delete(key);
    for (const [resource, one] of made) if (one.pool === pool && one.provider === name) made.delete(resource);
  }
  for (const settings of saved?.providers ?? []) put(settings);

  return {
    pools,
    providers,
    putPool(pool, described) {
      pools.set(pool, described);
      onChange();
    },
    removePool(pool) {
      pools.delete(pool);
      for (const key of [...providers.keys()]) if (key.startsWith(`${pool}/`)) drop(key);
      onChange();
    },
    putProvider(settings) {
      put(settings);
      onChange();
    },
    removeProvider(pool, provider) {
      drop(`${pool}/${provider}`);
      onChange();
    },
    trusted(resource) {
      const found = made.get(resource);
      if (found === undefined) return trusted.get(resource);
      const off = providers.get(`${found.pool}/${found.provider}`)?.disabled || pools.get(found.pool)?.disabled;
      return off === true ? undefined : found;
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
