import { urlVariable } from '../identity.ts';
import { defaultServiceAccount, defaults } from './defaults.ts';
import { type Finding, list, quote, unquoteWhenPlain } from './finding.ts';
import { didYouMean } from './nearest.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

/** A service as the file has it: any key may be absent or of a wrong type. */
interface Draft {
  readonly name: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What no JSON Schema can say: rules between services, and between keys of one. Bears what the schema refused. */
export function ruleFindings(document: YamlDocument): readonly Finding[] {
  const drafts = entries(record(document.value).services).map(([name, raw]) => ({ name, raw: record(raw) }));
  const at = (path: Path, part: 'key' | 'value') => document.offsetOf(['services', ...path], part);
  return [
    ...callFindings(drafts, at),
    ...accountFindings(drafts, at),
    ...variableFindings(drafts, at),
    ...instanceFindings(drafts, at),
  ];
}

type Locate = (path: Path, part: 'key' | 'value') => number;

function callFindings(drafts: readonly Draft[], at: Locate): Finding[] {
  const declared = new Set(drafts.map(({ name }) => name));
  return drafts.flatMap(({ name, raw }) => {
    if (!Array.isArray(raw.calls)) return [];
    const caller = unquoteWhenPlain(name);
    const seen = new Set<string>();
    return raw.calls.flatMap((receiver: unknown, index): Finding[] => {
      if (typeof receiver !== 'string') return [];
      const offset = at([name, 'calls', index], 'value');
      const repeated = seen.has(receiver);
      seen.add(receiver);
      if (repeated) {
        return [
          { offset, message: `${caller} calls ${quote(receiver)} twice`, mend: () => 'Take one of the two out.' },
        ];
      }
      if (receiver === name) {
        const mend = () => 'Take it out: a service needs no edge to itself.';
        return [{ offset, message: `${caller} calls itself`, mend }];
      }
      if (declared.has(receiver)) return [];
      const others = () => [...declared].filter((other) => other !== name);
      const mend = () => didYouMean(receiver, others()) ?? `Declare it too, or take it out. ${known(others())}`;
      return [{ offset, message: `${caller} calls ${quote(receiver)}, which is not declared`, mend }];
    });
  });
}

function known(others: readonly string[]): string {
  return others.length === 0 ? 'No other service is declared.' : `Declared: ${list(others)}.`;
}

function accountFindings(drafts: readonly Draft[], at: Locate): Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<string, Draft>();
  for (const draft of drafts) {
    const { name, raw } = draft;
    const written = typeof raw.serviceAccount === 'string' ? raw.serviceAccount : undefined;
    const account = written ?? defaultServiceAccount(name);
    if (written === undefined && !('serviceAccount' in raw) && (account.length < 6 || account.length > 30)) {
      const fault = account.length < 6 ? 'shorter than the 6' : 'longer than the 30';
      const message = `${unquoteWhenPlain(name)} would run as ${quote(account)}, which is ${fault} characters of an account id`;
      const mend = () => `Give ${unquoteWhenPlain(name)} an explicit serviceAccount of 6 to 30 characters.`;
      findings.push({ offset: at([name], 'key'), message, mend });
    }
    const holder = holders.get(account);
    if (holder === undefined) {
      holders.set(account, draft);
      continue;
    }
    // Point at what was written; a default is nobody's typing.
    const culprit = written !== undefined || !('serviceAccount' in holder.raw) ? draft : holder;
    const hasKey = 'serviceAccount' in culprit.raw;
    const offset = hasKey ? at([culprit.name, 'serviceAccount'], 'value') : at([culprit.name], 'key');
    const both = `${unquoteWhenPlain(holder.name)} and ${unquoteWhenPlain(name)}`;
    const message = `${both} share the service account ${quote(account)}`;
    findings.push({ offset, message, mend: () => 'Give each its own: Google tells callers apart by it.' });
  }
  return findings;
}

/** What the container contract sets. https://docs.cloud.google.com/run/docs/container-contract#env-vars */
const PLATFORM = /^(?:PORT|K_SERVICE|K_REVISION|K_CONFIGURATION|CLOUD_RUN_\w+)$/;

/** What makes a program of Google's libraries, or of this repository, somebody else, or believe somebody else. */
const IDENTITY =
  /^(?:GCE_METADATA_(?:HOST|IP|ROOT)|METADATA_SERVER_DETECTION|GOOGLE_APPLICATION_CREDENTIALS|GOOGLE_CERTS_URL|PLAIN_HTTP_HOSTS)$/;

/** Variables with the form of a receiver's URL that hold something else. */
const ownNames: ReadonlyMap<string, string> = new Map([
  ['SERVICE_URL', "a service's own address"],
  ['GOOGLE_CERTS_URL', "the address of Google's keys"],
]);

function variableFindings(drafts: readonly Draft[], at: Locate): Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<string, string>();
  for (const { name } of drafts) {
    const variable = urlVariable(name);
    const holder = ownNames.get(variable) ?? holders.get(variable);
    if (holder === undefined) holders.set(variable, unquoteWhenPlain(name));
    else {
      const message = `the URL of ${unquoteWhenPlain(name)} would be in ${variable}, which is taken by ${holder}`;
      findings.push({ offset: at([name], 'key'), message, mend: () => 'Choose another name.' });
    }
  }
  for (const { name, raw } of drafts) {
    for (const [variable] of entries(raw.env)) {
      const owner = ownerOf(variable, holders);
      if (owner === undefined) continue;
      const message = `${unquoteWhenPlain(name)}: env sets ${quote(variable)}, which ${owner}`;
      const mend = () => 'Take it out, or choose another name.';
      findings.push({ offset: at([name, 'env', variable], 'key'), message, mend });
    }
  }
  return findings;
}

/** https://cloud.google.com/run/docs/configuring/services/overview-environment-variables and the container contract. */
function ownerOf(variable: string, urlHolders: ReadonlyMap<string, string>): string | undefined {
  if (PLATFORM.test(variable)) return 'Cloud Run sets itself';
  if (IDENTITY.test(variable)) return 'decides who the service is, or whom it believes: only the platform sets it';
  if (variable.startsWith('X_GOOGLE_')) return 'Cloud Run refuses: X_GOOGLE_ is reserved';
  if (variable === 'SERVICE_URL') return "holds the service's own address";
  if (variable === 'ALLOWED_CALLERS') return 'holds the callers that are declared';
  const service = urlHolders.get(variable);
  return service === undefined ? undefined : `holds the address of ${service}`;
}

function instanceFindings(drafts: readonly Draft[], at: Locate): Finding[] {
  return drafts.flatMap(({ name, raw }): Finding[] => {
    const { minInstances: least = defaults.minInstances, maxInstances: most = defaults.maxInstances } = raw;
    if (typeof least !== 'number' || typeof most !== 'number' || most >= least) return [];
    const key = 'maxInstances' in raw ? 'maxInstances' : 'minInstances';
    const which = key === 'maxInstances' ? '' : ' (the default)';
    const message = `${unquoteWhenPlain(name)}: maxInstances ${most}${which} is less than minInstances ${least}`;
    const mend = () => `Raise maxInstances to ${least} or more, or lower minInstances.`;
    return [{ offset: at([name, key], 'value'), message, mend }];
  });
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function entries(value: unknown): [string, unknown][] {
  return Object.entries(record(value));
}
