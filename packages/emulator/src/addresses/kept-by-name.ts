import type { Leaf, SignLeaf } from '../identity/authority/leaves.ts';

/** Names whose certificates are kept. */
const MOST_NAMES = 100;

/** A certificate is renewed so long before it ends. */
const BEFORE_END_MS = 3_600_000;

/** What is made of certificates, each by the host name that it is for. */
export interface KeptByName<Made> {
  of(host: string): Promise<Made>;
  /** Whatever there is: the next ones are by another authority. */
  forget(): void;
}

/** Keeps what is made of a certificate until that is about to end. */
export function keptByName<Made>(sign: SignLeaf, make: (host: string, leaf: Leaf) => Made): KeptByName<Made> {
  const known = new Map<string, { readonly ends: number; readonly made: Promise<Made> }>();
  return { of, forget: () => known.clear() };

  function of(host: string): Promise<Made> {
    const found = known.get(host);
    if (found !== undefined && Date.now() < found.ends - BEFORE_END_MS) return found.made;
    const leaf = sign(host);
    const made = leaf.then((signed) => make(host, signed));
    const entry = { ends: Number.POSITIVE_INFINITY, made };
    known.delete(host);
    known.set(host, entry);
    leaf.then(
      ({ ends }) => known.get(host) === entry && known.set(host, { ends, made }),
      () => known.delete(host),
    );
    for (const oldest of known.keys()) if (known.size > MOST_NAMES) known.delete(oldest);
    return made;
  }
}
