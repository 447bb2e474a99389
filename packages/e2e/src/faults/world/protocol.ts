/** What a program with the emulator in it is asked to do; each is answered once done. */
export type Command =
  | { readonly do: 'faults'; readonly change: Readonly<Record<string, unknown>> }
  | { readonly do: 'rotate'; readonly withdraw: boolean }
  | { readonly do: 'grant' | 'revoke'; readonly caller: string; readonly receiver: string }
  | { readonly do: 'token'; readonly caller: string; readonly receiver: string }
  /** Leaves no byte on the disk with the state, and gives them back. */
  | { readonly do: 'fill' | 'free' }
  /** Holds the write lock of an app's SQLite file. */
  | { readonly do: 'lock' | 'unlock'; readonly service: string }
  /** Everything that was decided before has been told when this is answered. */
  | { readonly do: 'tell' };

/** A decision of a gate. */
export interface Seen {
  /** Milliseconds on `monotonic`. */
  readonly at: number;
  readonly caller: string;
  readonly receiver: string;
  readonly path: string;
  readonly status: number;
  readonly rule: string;
  readonly reason: string;
}

export type Message =
  | { readonly started: Readonly<Record<string, string>> }
  | { readonly seen: Seen }
  | { readonly answer: number; readonly value?: string; readonly error?: string };

/** Milliseconds on a clock that nobody sets, the same one in every process of a machine. */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
