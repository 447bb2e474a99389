import type { JWK } from 'jose';
import { type Elapsed, elapsed as passed } from '../../internal/elapsed.ts';
import { list, object } from '../../internal/json-shape.ts';
import type { Undo } from '../../internal/remember.ts';
import { loadSigningKey, makeSigningKey, type SigningKey, saveSigningKey } from './signing-key.ts';

export type { SigningKey } from './signing-key.ts';

/** The keys of Google's ID tokens: one signs, all that are published verify. */
export interface KeyRing {
  /** The key that signs now. */
  current(): SigningKey;
  /** The key with this id, if it is published. */
  find(kid: string): SigningKey | undefined;
  /** The keys that are published: the one that signs, the one that will sign next, and those that signed lately. */
  published(): readonly SigningKey[];
  /** The JWK set as `https://www.googleapis.com/oauth2/v3/certs` answers it. */
  jwks(): { keys: JWK[] };
  /**
   * The next key signs from now on; verifiers that cached the set know it already. Keys that signed before stay
   * published until their tokens have expired, or go at once with `withdraw`.
   */
  rotate(options?: { readonly withdraw?: boolean }): Promise<void>;
  /** All that is needed to go on after a restart, as it is now; secret. */
  save(): Promise<SavedKeys>;
  remember(): Undo;
}

export interface SavedKeys {
  readonly signing: JWK;
  readonly next: JWK;
  /** Keys that signed before, and when they ceased to, in seconds since the epoch. */
  readonly retired: readonly { readonly key: JWK; readonly at: number }[];
}

/** What a state file must hold of it. What stands deeper is checked where it is used. */
export const savedKeysShape = object({
  signing: { type: 'object' },
  next: { type: 'object' },
  retired: list(object({ key: { type: 'object' }, at: { type: 'number' } })),
});

export interface KeyRingOptions {
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly elapsed?: Elapsed;
  readonly saved?: SavedKeys | undefined;
}

interface Retired {
  readonly key: SigningKey;
  /** By {@link Elapsed}. */
  readonly at: number;
}

/** A token lives for an hour; the key that signed it stays for twice as long. */
const OVERLAP_MS = 7_200_000;

/** Makes a ring of two fresh keys, as many as Google publishes, or goes on with saved ones. @throws when those are damaged */
export async function createKeyRing({ now, elapsed = passed, saved }: KeyRingOptions): Promise<KeyRing> {
  let [signing, next] = await Promise.all(
    saved === undefined
      ? [makeSigningKey(), makeSigningKey()]
      : [loadSigningKey(saved.signing), loadSigningKey(saved.next)],
  );
  let retired: readonly Retired[] = await Promise.all(
    (saved?.retired ?? []).map(async ({ key, at }) => ({
      key: await loadSigningKey(key),
      // The clock may have been set back meanwhile.
      at: elapsed() - Math.max(0, now() - at) * 1000,
    })),
  );
  const lately = () => retired.filter(({ at }) => at + OVERLAP_MS > elapsed());
  const published = () => [signing, next, ...lately().map(({ key }) => key)];

  return {
    current: () => signing,
    find(kid) {
      if (signing.kid === kid) return signing;
      return published().find((key) => key.kid === kid);
    },
    published,
    jwks: () => ({ keys: published().map(({ jwk }) => jwk) }),
    async rotate({ withdraw = false } = {}) {
      const fresh = await makeSigningKey();
      retired = withdraw ? [] : [...lately(), { key: signing, at: elapsed() }];
      signing = next;
      next = fresh;
    },
    async save() {
      const [savedSigning, savedNext, savedRetired] = await Promise.all([
        saveSigningKey(signing),
        saveSigningKey(next),
        Promise.all(
          retired.map(async ({ key, at }) => ({
            key: await saveSigningKey(key),
            at: Math.round(now() - (elapsed() - at) / 1000),
          })),
        ),
      ]);
      return { signing: savedSigning, next: savedNext, retired: savedRetired };
    },
    remember() {
      const before = { signing, next, retired };
      return () => {
        ({ signing, next, retired } = before);
      };
    },
  };
}
