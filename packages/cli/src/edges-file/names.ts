/** Names that are in use, and new ones beside them. */
export interface Names {
  has(name: string): boolean;
  take(name: string): void;
  /** A name of edges.yaml that is close to a text and not in use; taken at once. */
  near(text: string): string;
}

const LONGEST = 40;

/** @param reserved what no caller may be called */
export function createNames(reserved: readonly string[] = ['anonymous', 'stranger']): Names {
  const taken = new Set(reserved);
  return {
    has: (name) => taken.has(name),
    take: (name) => void taken.add(name),
    near(text) {
      const wanted = asName(text);
      let name = wanted;
      for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
      taken.add(name);
      return name;
    },
  };
}

/** Lower-case letters, digits and hyphens, a letter first, no hyphen last. */
export function asName(text: string): string {
  const name = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  return name === '' ? 'unnamed' : name;
}
