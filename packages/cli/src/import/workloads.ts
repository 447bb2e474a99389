import { type Declaration, parseDeclaration, serviceAccountDomain, urlVariable } from '@run-edges/edges';
import { type DraftEntry, parts, type Sourced } from '../edges-file/draft.ts';
import type { Names } from '../edges-file/names.ts';
import { refusalOf } from '../edges-file/refusal.ts';
import type { Found, FoundWorkload } from './found.ts';
import { mayBeSecret } from './secret.ts';

/** What runs in containers, as entries without their calls. */
export interface Workloads {
  readonly entries: readonly Omit<DraftEntry, 'calls'>[];
  /** Names of those that run as an account, by its e-mail. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
  readonly regionsOf: (service: string) => ReadonlySet<string> | undefined;
  /** The one region of all, where there is one. */
  readonly region: string | undefined;
}

interface Options {
  /** Whether values of variables are copied. */
  readonly env: boolean;
  readonly names: Names;
  readonly note: (text: string) => void;
}

type Written = Record<string, unknown>;

/** An account that any name may have. */
const FILLED = { serviceAccount: 'an-account' };

export function workloadEntries({ workloads, project, grants }: Found, { env, names, note }: Options): Workloads {
  const places = new Set(workloads.map(({ region }) => region));
  const region = places.size === 1 ? [...places][0] : undefined;
  const addresses = new Set(workloads.filter(({ part }) => part === 'services').map(({ name }) => urlVariable(name)));
  let standing: readonly string[] | undefined;
  const holders = new Map<string, string[]>();
  const regions = new Map<string, Set<string>>();
  // Services have the first choice of a name.
  const inOrder = parts.flatMap((part) => workloads.filter((one) => one.part === part));
  const entries = [...Map.groupBy(inOrder, ({ part, name }) => `${part} ${name}`).values()].flatMap((copies) => {
    const [first, ...rest] = copies.toSorted((a, b) => a.region.localeCompare(b.region)) as [FoundWorkload];
    const entry = entryOf(first, rest);
    if (entry === undefined) return [];
    names.take(entry.name);
    holders.set(first.account, [...(holders.get(first.account) ?? []), entry.name]);
    if (entry.part === 'services') regions.set(entry.name, new Set(copies.map((copy) => copy.region)));
    return [entry];
  });
  return { entries, holders, regionsOf: (service) => regions.get(service), region };

  function entryOf(first: FoundWorkload, copies: readonly FoundWorkload[]): Omit<DraftEntry, 'calls'> | undefined {
    const { part, name, from } = first;
    if (names.has(name)) {
      note(`${from} is not declared: something else is called ${name}, and names stand once.`);
      return undefined;
    }
    const account = accountOf(first);
    const fault = refused(part, name, { ...account });
    if (fault !== undefined) {
      note(`${from} is not declared: ${fault}`);
      return undefined;
    }
    const settings: Record<string, Sourced<unknown>> = {};
    const written: Written = {};
    const add = (key: string, value: unknown, whence = from) => {
      const beside = key === 'env' ? others(name) : {};
      const why = refused(part, name, { ...written, [key]: value }, beside);
      if (why !== undefined) return note(`${name}: ${key} is left out: ${why}`);
      written[key] = value;
      settings[key] = { value, from: whence };
    };
    if (part === 'services' && isOpen(first, copies)) add('public', true, whyOpen(first));
    if (account.serviceAccount !== undefined) add('serviceAccount', account.serviceAccount);
    if (region === undefined) add('regions', [...new Set([first, ...copies].map((one) => one.region))]);
    const usual = defaultsOf(part);
    for (const [key, value] of Object.entries(first.settings))
      if (JSON.stringify(value) !== JSON.stringify(usual[key])) add(key, value);
    for (const [variable, value] of variablesOf(first)) add('env', { ...(written.env as object), [variable]: value });
    noteDifferences(first, copies);
    return { part, name, from, settings };
  }

  /** The other services, whose addresses have no place in a variable. */
  function others(name: string): object {
    standing ??= [...new Set(inOrder.filter(({ part }) => part === 'services').map((one) => one.name))].filter(
      (one) => refusalOf({ services: { [one]: FILLED } }) === undefined,
    );
    return Object.fromEntries(standing.filter((one) => one !== name).map((one) => [one, FILLED]));
  }

  /** Whether everybody is let in in all of its regions: a declaration says it of all or of none. */
  function isOpen(first: FoundWorkload, copies: readonly FoundWorkload[]): boolean {
    const all = [first, ...copies];
    const closed = all.filter((one) => !one.unchecked && openingGrant(one) === undefined);
    if (closed.length > 0 && all.some(({ unchecked }) => unchecked))
      note(
        `${first.name} lets everybody in without a look at its policy, and not in ${closed.map((one) => one.region).join(', ')}: it is not public here.`,
      );
    return closed.length === 0;
  }

  function openingGrant({ name, region: at }: FoundWorkload) {
    return grants.find(
      ({ service, region: on, member, condition }) =>
        service === name && on === at && member === 'allUsers' && condition === undefined,
    );
  }

  function whyOpen(first: FoundWorkload): string {
    if (!first.unchecked) return openingGrant(first)?.from ?? '';
    note(`${first.name} lets everybody in without a look at its policy: deploy it with --public-access no-iam-check.`);
    return 'its invoker check is off';
  }

  /** What stands in the file of an account, if anything does: the default is not written. */
  function accountOf({ part, name, account }: FoundWorkload): { readonly serviceAccount?: string } {
    const own = `@${serviceAccountDomain(project)}`;
    const id = account.endsWith(own) ? account.slice(0, -own.length) : undefined;
    if (id !== undefined) return id === `${name}-run` ? {} : { serviceAccount: id };
    const made = refused(part, name, {}) === undefined ? {} : { serviceAccount: accountNear(name) };
    const who = account === '' ? 'the default account of the project' : account;
    note(
      `${name} runs as ${who}, which is no account of its own in ${project}: the file gives it ${made.serviceAccount ?? `${name}-run`}, and deploy makes that.`,
    );
    return made;
  }

  /** Variables that may be copied; the others are noted by their names. */
  function variablesOf({ name, env: all, secrets }: FoundWorkload): [string, string][] {
    const own = Object.entries(all).filter(([variable]) => !isDerived(variable));
    const withheld = own.filter(([variable, value]) => !env || mayBeSecret(variable, value)).map(([one]) => one);
    const why = env ? 'may hold a secret' : 'is copied by --env alone';
    if (withheld.length > 0)
      note(`${name}: left out of env, since each ${why}: ${withheld.join(', ')}. A deployment would take them away.`);
    if (secrets.length > 0)
      note(
        `${name}: from Secret Manager, which deploy takes by --database for DATABASE_URL alone: ${secrets.join(', ')}.`,
      );
    return own.filter(([variable]) => !withheld.includes(variable));
  }

  /** What run-edges tells a container by itself. */
  function isDerived(variable: string): boolean {
    return variable === 'SERVICE_URL' || variable === 'ALLOWED_CALLERS' || addresses.has(variable);
  }

  function noteDifferences(first: FoundWorkload, others: readonly FoundWorkload[]): void {
    for (const other of others) {
      const keys = ['account', 'settings', 'unchecked'] as const;
      const differs = keys.filter((key) => JSON.stringify(first[key]) !== JSON.stringify(other[key]));
      if (differs.length > 0)
        note(`${first.name} is another in ${other.region} than in ${first.region}, which is what stands here.`);
    }
  }
}

/** An account id for a name that is too short or too long for the usual one. */
function accountNear(name: string): string {
  return name.length < 6 ? `${name}-account` : `${name.slice(0, 26).replace(/-+$/, '')}-run`;
}

/** Why the reader would not have an entry. */
function refused(part: FoundWorkload['part'], name: string, entry: Written, others: object = {}): string | undefined {
  if (part === 'services') return refusalOf({ services: { ...others, [name]: entry } });
  const filler = name === 'receiver' ? 'another' : 'receiver';
  return refusalOf({ services: { [filler]: {}, ...others }, [part]: { [name]: entry } });
}

const silent = JSON.stringify({
  services: { one: { serviceAccount: 'account-one' } },
  jobs: { two: { serviceAccount: 'account-two' } },
  workerPools: { three: { serviceAccount: 'account-three' } },
});

/** What an entry of a part means that says nothing. */
function defaultsOf(part: FoundWorkload['part']): Readonly<Record<string, unknown>> {
  const declaration: Declaration = parseDeclaration(silent, 'edges.yaml');
  return { ...(declaration[part]?.[0] as object | undefined) };
}
