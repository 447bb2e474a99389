import type { Command } from '../deployment/commands.ts';
import { type LiveService, readService } from '../deployment/live-service.ts';
import type { Section } from '../deployment/run-plan.ts';
import { MANAGED_BY, type WantedService } from '../deployment/wanted.ts';

/** One thing that a deployment would change. What is not there is null. */
export interface Change {
  readonly action: 'enable' | 'build' | 'create' | 'update' | 'grant' | 'revoke';
  /** What it is about, such as `service search`. */
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

const settings = [
  'image',
  'account',
  'env',
  'secrets',
  'cloudSql',
  'ingress',
  'audiences',
  'minInstances',
  'maxInstances',
  'concurrency',
  'invokerCheck',
] as const satisfies readonly (keyof WantedService)[];

/** What of a live service is not as wanted; where there is none, what is not by default. */
export function differences(wanted: WantedService, live: LiveService | undefined): readonly Change[] {
  const before = live ?? readService({ metadata: { name: wanted.name } }, []);
  const change = (what: string, was: string | null, willBe: string | null): Change => ({
    action: live === undefined ? 'create' : 'update',
    on: `service ${wanted.name}`,
    what,
    before: live === undefined ? null : was,
    after: willBe,
  });
  const differing = settings.flatMap((key) => {
    if (key === 'env')
      return differingNames(before.env, wanted.env).map((name) =>
        // Somebody may have put a secret there by hand.
        change(`env.${name}`, Object.hasOwn(before.env, name) ? 'another value' : null, wanted.env[name] ?? null),
      );
    if (key === 'secrets')
      return differingNames(before.secrets, wanted.secrets).map((name) =>
        change(`secrets.${name}`, before.secrets[name] ?? null, wanted.secrets[name] ?? null),
      );
    const [was, willBe] = [shown(before[key]), shown(wanted[key])];
    return was === willBe ? [] : [change(key, was, willBe)];
  });
  if (live !== undefined && live.managedBy !== MANAGED_BY)
    differing.push(change('label managed-by', shown(live.managedBy), MANAGED_BY));
  if (live?.notReady !== undefined) differing.push(change('ready', live.notReady, 'true'));
  return differing;
}

function differingNames(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  const own = (values: Readonly<Record<string, string>>, name: string) =>
    Object.hasOwn(values, name) ? values[name] : undefined;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => own(before, name) !== own(after, name)).toSorted();
}

function shown(value: string | number | boolean | readonly string[]): string | null {
  const text = typeof value === 'object' ? value.join(', ') : String(value);
  return text === '' ? null : text;
}
