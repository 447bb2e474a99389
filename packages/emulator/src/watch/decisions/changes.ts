/** Tells whoever looks on that policies, services or the declaration are others now. What is other they ask for. */
export interface Changes {
  tell(): void;
  /** Gives what ends it. */
  onChange(listener: () => void): () => void;
}

export function createChanges(): Changes {
  const listeners = new Set<() => void>();
  return {
    tell() {
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
