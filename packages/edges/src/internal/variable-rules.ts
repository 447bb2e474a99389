import { audienceVariable, type SenderFact, senderVariable, urlVariable } from '../identity.ts';
import { type Draft, entries, isReceiver, record } from './draft.ts';
import { type Finding, quote, unquoteWhenPlain } from './finding.ts';
import { takenBy, takenNames } from './taken-variables.ts';

/** What the container contract sets. https://docs.cloud.google.com/run/docs/container-contract#env-vars */
const PLATFORM = /^(?:PORT|K_SERVICE|K_REVISION|K_CONFIGURATION|CLOUD_RUN_\w+)$/;

/** What makes a program of Google's libraries, or of this repository, somebody else, or believe somebody else. */
const IDENTITY =
  /^(?:GCE_METADATA_(?:HOST|IP|ROOT)|METADATA_SERVER_DETECTION|GOOGLE_APPLICATION_CREDENTIALS|GOOGLE_CERTS_URL|PLAIN_HTTP_HOSTS)$/;

/** Each variable holds one thing: the URL of one receiver, what others read there, or what `env` says. */
export function variableFindings(drafts: readonly Draft[]): Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<string, string>();
  const receivers = drafts.filter(isReceiver);
  const senders = drafts.filter(({ part }) => part === 'senders');
  for (const { name, at } of [...receivers, ...senders.filter(isFilled)]) {
    const variable = urlVariable(name);
    const taken = takenBy(variable);
    const holder = taken ?? holders.get(variable);
    if (holder === undefined) holders.set(variable, unquoteWhenPlain(name));
    // A name that stands twice is told as such.
    else if (holder !== unquoteWhenPlain(name)) {
      const message = `the URL of ${unquoteWhenPlain(name)} would be in ${variable}, which is taken by ${holder}`;
      const others = taken === undefined ? '' : ` So are taken: ${takenNames.join(', ')}.`;
      findings.push({ offset: at([], 'key'), message, mend: () => `Choose another name.${others}` });
    }
  }
  const audiences = new Map(
    receivers
      .filter(({ part }) => part === 'external')
      .map(({ name }) => [audienceVariable(name), unquoteWhenPlain(name)]),
  );
  const facts = new Map(senders.flatMap(factsOf));
  for (const { name, raw, at } of drafts) {
    for (const [variable] of entries(raw.env)) {
      const owner = ownerOf(variable, holders, audiences) ?? facts.get(variable);
      if (owner === undefined) continue;
      const message = `${unquoteWhenPlain(name)}: env sets ${quote(variable)}, which ${owner}`;
      const mend = () => 'Take it out, or choose another name.';
      findings.push({ offset: at(['env', variable], 'key'), message, mend });
    }
  }
  return findings;
}

/** Whether callers put tasks into its queue: they are told its URL. */
function isFilled({ raw }: Draft): boolean {
  return 'tasks' in raw && Array.isArray(raw.from) && raw.from.length > 0;
}

/** What holds something of the sender, and what is said of it. */
function factsOf(draft: Draft): [variable: string, owner: string][] {
  const { topic } = { ...record(draft.raw.pubsub), ...record(draft.raw.eventarc) };
  const facts: readonly SenderFact[] = isFilled(draft)
    ? ['ACCOUNT', 'QUEUE', 'AUDIENCE']
    : ['ACCOUNT', ...(topic === undefined ? [] : (['TOPIC'] as const))];
  const sender = unquoteWhenPlain(draft.name);
  return facts.map((fact) => [senderVariable(draft.name, fact), `holds what others are told of the sender ${sender}`]);
}

/** https://cloud.google.com/run/docs/configuring/services/overview-environment-variables and the container contract. */
function ownerOf(
  variable: string,
  addresses: ReadonlyMap<string, string>,
  audiences: ReadonlyMap<string, string>,
): string | undefined {
  if (PLATFORM.test(variable)) return 'Cloud Run sets itself';
  if (IDENTITY.test(variable)) return 'decides who the service is, or whom it believes: only the platform sets it';
  if (variable.startsWith('X_GOOGLE_')) return 'Cloud Run refuses: X_GOOGLE_ is reserved';
  if (variable === 'SERVICE_URL') return "holds the service's own address";
  if (variable === 'ALLOWED_CALLERS') return 'holds the callers that are declared';
  const address = addresses.get(variable);
  if (address !== undefined) return `holds the address of ${address}`;
  const audience = audiences.get(variable);
  return audience === undefined ? undefined : `holds the audience of ${audience}`;
}
