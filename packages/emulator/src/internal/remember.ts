/** Brings something back to what it was. */
export type Undo = () => void;

/** Remembers what maps hold: their values are never changed, only replaced. */
export function remember(...maps: readonly Map<unknown, unknown>[]): Undo {
  const before = maps.map((map) => [...map]);
  return () => {
    for (const [index, map] of maps.entries()) {
      map.clear();
      for (const [key, value] of before[index] ?? []) map.set(key, value);
    }
  };
}

/** Brings both back. */
export function both(one: Undo, other: Undo): Undo {
  return () => {
    one();
    other();
  };
}
