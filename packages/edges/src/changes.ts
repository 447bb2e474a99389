import { isDeepStrictEqual } from 'node:util';
import { callersOf } from './callers.ts';
import type { Declaration } from './declaration.ts';
import { ANONYMOUS } from './grants.ts';
import { limitOf } from './limits.ts';

/** One thing that another declaration says otherwise. */
export interface Change {
  readonly kind: 'added' | 'removed' | 'changed';
  /** `service search`, `login -> search`, `anonymous -> login`, `never login -> search`. */
  readonly what: string;
  /** Which settings of it are others. Empty but for what was changed. */
  readonly settings: readonly string[];
}

/**
 * What the second declaration says otherwise than the first: what is removed, what is added, what stays with other
 * settings; workloads and the like first, then edges. Empty where both mean the same, whatever their order.
 */
export function changesBetween(before: Declaration, after: Declaration): readonly Change[] {
  const all = [
    ...between(entriesOf(before), entriesOf(after)),
    ...between(edgesOf(before), edgesOf(after)),
    ...between(rulesOf(before), rulesOf(after)),
  ];
  const ofKind = (kind: Change['kind']) => all.filter((change) => change.kind === kind);
  return [...ofKind('removed'), ...ofKind('added'), ...ofKind('changed')];
}

/** What is said of each thing, by what it is called. */
type Said = ReadonlyMap<string, object>;

const parts = {
  services: 'service',
  jobs: 'job',
  workerPools: 'worker pool',
  principals: 'principal',
  external: 'external',
  senders: 'sender',
} as const;

function entriesOf(declaration: Declaration): Said {
  const said = new Map<string, object>();
  for (const [part, one] of Object.entries(parts) as [keyof typeof parts, string][])
    for (const entry of declaration[part] ?? []) {
      // Edges are told by themselves.
      const {
        name,
        calls: _,
        limits: __,
        public: ___,
        ...settings
      } = { calls: [], limits: {}, public: false, ...entry };
      said.set(`${one} ${name}`, settings);
    }
  return said;
}

function edgesOf(declaration: Declaration): Said {
  const said = new Map<string, object>();
  for (const { name, public: open } of declaration.services) if (open) said.set(`${ANONYMOUS} -> ${name}`, {});
  for (const caller of callersOf(declaration))
    for (const receiver of caller.calls) said.set(`${caller.name} -> ${receiver}`, limitOf(caller, receiver) ?? {});
  return said;
}

function rulesOf({ never = [], accepted = [] }: Declaration): Said {
  return new Map<string, object>([
    ...never.map(({ caller, receiver }) => [`never ${caller} -> ${receiver}`, {}] as const),
    ...accepted.map(({ member, on, ...rest }) => [`accepted ${member} on ${on}`, rest] as const),
  ]);
}

function between(before: Said, after: Said): Change[] {
  const removed = [...before.keys()].filter((what) => !after.has(what));
  return [
    ...removed.map((what): Change => ({ kind: 'removed', what, settings: [] })),
    ...[...after].flatMap(([what, now]): Change[] => {
      const was = before.get(what);
      if (was === undefined) return [{ kind: 'added', what, settings: [] }];
      const settings = settingsBetween(was, now);
      return settings.length === 0 ? [] : [{ kind: 'changed', what, settings }];
    }),
  ];
}

function settingsBetween(before: object, after: object): string[] {
  const [was, is] = [before, after].map((said) => new Map<string, unknown>(Object.entries(said)));
  const names = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  return [...names].filter((name) => !isDeepStrictEqual(was?.get(name), is?.get(name)));
}
