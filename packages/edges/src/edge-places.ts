import { parseYaml } from './internal/yaml-document.ts';

/** 1-based; columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where callers and receivers are written. */
const CALLERS = ['services', 'jobs', 'workerPools', 'principals', 'senders'] as const;
const RECEIVERS = ['services', 'external'] as const;

/**
 * Where the text of a declaration says whether one may call another: the edge, where there is one; else the caller, else the
 * receiver, for callers that are not declared. The first line of a text that says nothing of either.
 */
export function edgePlaces(text: string): (caller: string, receiver: string) => Place {
  const { value, offsetOf, place } = parseYaml(text);
  const within = (part: string, name: string) => own(own(value, part), name);
  return (caller, receiver) => {
    const of = CALLERS.find((part) => within(part, caller) !== undefined);
    if (of !== undefined) {
      const entry = within(of, caller);
      if (of === 'senders' && own(entry, 'to') === receiver) return place(offsetOf([of, caller, 'to'], 'value'));
      const calls = own(entry, 'calls');
      const at = Array.isArray(calls) ? calls.findIndex((one) => (own(one, 'to') ?? one) === receiver) : -1;
      return place(at < 0 ? offsetOf([of, caller], 'key') : offsetOf([of, caller, 'calls', at], 'value'));
    }
    const to = RECEIVERS.find((part) => within(part, receiver) !== undefined);
    return to === undefined ? { line: 1, column: 1 } : place(offsetOf([to, receiver], 'key'));
  };
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  // What is written as `search:` with nothing after it is there, too.
  return (value as Record<string, unknown>)[name] ?? {};
}
