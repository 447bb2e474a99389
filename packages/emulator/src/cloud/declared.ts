import type { Declaration } from '@run-edges/edges';
import type { Undo } from '../internal/remember.ts';

/** What the declaration is: the one place that holds it. Whoever makes something of it asks again, or with `derived`. */
export interface Declared {
  /** What it says now. */
  readonly declaration: () => Declaration;
  /** What is there because of it: in an empty project nothing is. */
  readonly there: () => Declaration;
}

export interface DeclaredNow extends Declared {
  /** It is another from now on. Gives what was there because of the one before. */
  replace(next: Declaration): Declaration;
  remember(): Undo;
}

/** @param deployed false: the project is empty */
export function createDeclared(first: Declaration, deployed: boolean): DeclaredNow {
  const nothing: Declaration = { file: first.file, services: [] };
  let current = first;
  const there = () => (deployed ? current : nothing);
  return {
    declaration: () => current,
    there,
    replace(next) {
      const before = there();
      current = next;
      return before;
    },
    remember() {
      const before = current;
      return () => {
        current = before;
      };
    },
  };
}
