import { readService } from '../deployment/live-service.ts';
import { readJob, readWorkerPool } from '../deployment/live-workloads.ts';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import type { Section } from '../deployment/run-plan.ts';
import type { WantedJob, WantedService, WantedWorkerPool } from '../deployment/wanted.ts';
import type { Command } from '../gcloud/command.ts';

/** One thing that a deployment would change. What is not there is null. */
export interface Change {
  readonly action: 'enable' | 'build' | 'create' | 'update' | 'grant' | 'revoke';
  /** What it is about, such as `service search`, or `service search (europe-west1)`. */
  readonly on: string;
  /** A setting of it, or a role on it. */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** A command, and what it changes. */
export interface Step {
  readonly command: Command;
  readonly changes: readonly Change[];
}

/** Commands of one kind, and what they change. */
export interface PlannedSection extends Section {
  readonly changes: readonly Change[];
}

export function section(title: string, steps: readonly Step[]): PlannedSection {
  return {
    title,
    commands: steps.map(({ command }) => command),
    changes: steps.flatMap(({ changes }) => changes),
  };
}

export function granting(on: string, role: string, member: string, command: Command): Step {
  return { command, changes: [{ action: 'grant', on, what: role, before: null, after: member }] };
}

/** What a setting may be, of whatever runs. */
type Setting = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** What is compared of each kind, and what Cloud Run takes by default. */
interface Kind<T> {
  readonly settings: readonly (keyof T & string)[];
  byDefault(name: string): Pick<T, keyof T & string> | object;
}

const workload = ['image', 'account', 'env', 'secrets', 'cloudSql'] as const;

const kinds = {
  service: {
    settings: [
      ...workload,
      ...(['ingress', 'audiences', 'minInstances', 'maxInstances', 'concurrency', 'http2', 'invokerCheck'] as const),
    ],
    byDefault: (name) => readService({ metadata: { name } }, []),
  } satisfies Kind<WantedService>,
  job: {
    settings: [...workload, ...(['command', 'tasks', 'parallelism', 'maxRetries', 'timeout'] as const)],
    byDefault: (name) => readJob({ metadata: { name } }),
  } satisfies Kind<WantedJob>,
  'worker pool': {
    settings: [...workload, 'instances'],
    byDefault: (name) => readWorkerPool({ metadata: { name } }),
  } satisfies Kind<WantedWorkerPool>,
} as const;

/**
 * What of a live one is not as wanted; where there is none, what is not by default. What is undefined is wanted as it is.
 * @param on how it is named
 */
export function differences<T extends { name: string }>(
  kind: keyof typeof kinds,
  on: string,
  wanted: T,
  live: (Partial<T> & { readonly managedBy: string; readonly notReady: string | undefined }) | undefined,
): readonly Change[] {
  const { settings, byDefault } = kinds[kind];
  const before = (live ?? byDefault(wanted.name)) as Readonly<Record<string, Setting>>;
  const after = wanted as unknown as Readonly<Record<string, Setting>>;
  const change = (what: string, was: string | null, willBe: string | null): Change => ({
    action: live === undefined ? 'create' : 'update',
    on,
    what,
    before: live === undefined ? null : was,
    after: willBe,
  });
  const said = settings.filter((key) => after[key] !== undefined);
  const differing = said.flatMap((key) =>
    settingPairs(key, before[key], after[key])
      .filter(({ was, willBe }) => was !== willBe)
      .map(({ what, was, willBe }) =>
        // Somebody may have put a secret there by hand.
        change(what, what.startsWith('env.') && was !== null ? 'another value' : was, willBe),
      ),
  );
  if (live !== undefined && live.managedBy !== MANAGED_BY)
    differing.push(change('label managed-by', shown(live.managedBy), MANAGED_BY));
  if (live?.notReady !== undefined) differing.push(change('ready', live.notReady, 'true'));
  return differing;
}

interface Pair {
  readonly what: string;
  readonly was: string | null;
  readonly willBe: string | null;
}

/** A setting as text, before and after; of one that has names, each name by itself. */
function settingPairs(key: string, before: Setting | undefined, after: Setting | undefined): readonly Pair[] {
  const [was, willBe] = [named(before), named(after)];
  if (was === undefined || willBe === undefined) return [{ what: key, was: shown(before), willBe: shown(after) }];
  return [...new Set([...was.keys(), ...willBe.keys()])]
    .toSorted()
    .map((name) => ({ what: `${key}.${name}`, was: was.get(name) ?? null, willBe: willBe.get(name) ?? null }));
}

function named(setting: Setting | undefined): ReadonlyMap<string, string> | undefined {
  return typeof setting === 'object' && !Array.isArray(setting) ? new Map(Object.entries(setting)) : undefined;
}

function shown(setting: Setting | undefined): string | null {
  const text = Array.isArray(setting) ? setting.join(', ') : String(setting ?? '');
  return text === '' ? null : text;
}
