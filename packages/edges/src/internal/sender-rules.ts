import { checkTimeZone, readSchedule } from '../schedule.ts';
import { MESSAGE_PUBLISHED, senderKinds } from '../sender-settings.ts';
import { senderDefaults } from './defaults.ts';
import { type Draft, isCaller, record } from './draft.ts';
import { type Finding, list, quote, unquoteWhenPlain } from './finding.ts';
import { didYouMean } from './nearest.ts';
import { oneOf } from './words.ts';
import type { Path } from './yaml-document.ts';

type Refuse = (path: Path, fault: string, mend: string, part?: 'key' | 'value') => Finding;

/** Each sender is of one kind, is made to call by callers that are declared, and says when. */
export function senderFindings(drafts: readonly Draft[]): Finding[] {
  const senders = drafts.filter(({ part }) => part === 'senders');
  return [
    ...senders.flatMap((draft) => {
      const refuse: Refuse = (path, fault, mend, part = 'value') => ({
        offset: draft.at(path, part),
        message: `${unquoteWhenPlain(draft.name)}${fault}`,
        mend: () => mend,
      });
      return [
        ...kindFindings(draft, refuse),
        ...namedFindings(draft, refuse),
        ...pubsubFindings(record(draft.raw.pubsub), refuse),
        ...backoffFindings(draft, refuse),
        ...scheduleFindings(record(draft.raw.scheduler), refuse),
        ...eventFindings(record(draft.raw.eventarc), refuse),
        ...destinationFindings(draft, drafts, refuse),
        ...fromFindings(draft, drafts),
      ];
    }),
    ...subscriptionFindings(senders),
    ...queueFindings(senders),
  ];
}

function kindFindings({ raw }: Draft, refuse: Refuse): Finding[] {
  const kinds = senderKinds.filter((kind) => kind in raw);
  if (kinds.length === 1) return [];
  const [, second] = kinds;
  if (second === undefined)
    return [refuse([], ' says nothing of when it calls', `Add one of ${list(senderKinds)}.`, 'key')];
  return [refuse([second], ` is of ${kinds.length} kinds: ${list(kinds)}`, 'Make a sender of each.', 'key')];
}

/** A subscription that nobody named must be one that can be made. */
function namedFindings({ name, raw }: Draft, refuse: Refuse): Finding[] {
  if (!('pubsub' in raw) || 'subscription' in record(raw.pubsub)) return [];
  if (name.length >= 3 && !name.startsWith('goog')) return [];
  const fault = `: ${quote(name)} cannot be the id of its subscription, which has 3 characters or more and does not begin with goog`;
  return [refuse(['pubsub'], fault, 'Add subscription.')];
}

function pubsubFindings({ unwrapped, metadata, minBackoff, maxBackoff }: Draft['raw'], refuse: Refuse): Finding[] {
  const found: Finding[] = [];
  if (metadata === true && unwrapped !== true)
    found.push(
      refuse(
        ['pubsub', 'metadata'],
        ': metadata is of unwrapped messages alone',
        'Add unwrapped: true, or take it out.',
      ),
    );
  if ((minBackoff === undefined) !== (maxBackoff === undefined)) {
    const [there, other] = minBackoff === undefined ? ['maxBackoff', 'minBackoff'] : ['minBackoff', 'maxBackoff'];
    found.push(refuse(['pubsub', there], `: ${there} is there without ${other}`, `Add ${other}, or take it out.`));
  }
  return found;
}

function backoffFindings({ raw }: Draft, refuse: Refuse): Finding[] {
  return (['pubsub', 'tasks', 'scheduler'] as const).flatMap((kind) => {
    const settings = record(raw[kind]);
    const known: Draft['raw'] = kind === 'pubsub' ? {} : senderDefaults[kind];
    const { minBackoff: least, maxBackoff: most } = { ...known, ...settings };
    if (typeof least !== 'number' || typeof most !== 'number' || most >= least) return [];
    const key = 'maxBackoff' in settings ? 'maxBackoff' : 'minBackoff';
    return [
      refuse([kind, key], `: maxBackoff ${most} is less than minBackoff ${least}`, 'Raise it, or lower minBackoff.'),
    ];
  });
}

function scheduleFindings({ schedule, timeZone = 'Etc/UTC' }: Draft['raw'], refuse: Refuse): Finding[] {
  if (typeof schedule !== 'string' || typeof timeZone !== 'string') return [];
  if (!isTimeZone(timeZone)) {
    const known = didYouMean(timeZone, Intl.supportedValuesOf('timeZone'));
    return [
      refuse(
        ['scheduler', 'timeZone'],
        `: there is no time zone ${quote(timeZone)}`,
        known ?? 'Write one of the tz database, such as Europe/Berlin.',
      ),
    ];
  }
  const fault = scheduleFault(schedule, timeZone);
  if (fault === undefined) return [];
  return [
    refuse(
      ['scheduler', 'schedule'],
      `: schedule ${quote(schedule)} ${fault}`,
      'Write minute, hour, day of the month, month and day of the week, such as "0 3 * * *" for three at night.',
    ),
  ];
}

function isTimeZone(name: string): boolean {
  try {
    checkTimeZone(name);
    return true;
  } catch {
    return false;
  }
}

function scheduleFault(schedule: string, timeZone: string): string | undefined {
  // How many fields it has is for the schema to tell.
  if (!/^\S+(?: +\S+){4}$/.test(schedule)) return undefined;
  try {
    readSchedule(schedule, timeZone);
    return undefined;
  } catch (error) {
    return (error as Error).message.endsWith('never runs.') ? 'never comes' : 'is no schedule';
  }
}

function eventFindings({ type, topic }: Draft['raw'], refuse: Refuse): Finding[] {
  if (typeof type !== 'string') return [];
  if (type === MESSAGE_PUBLISHED && topic === undefined)
    return [refuse(['eventarc'], ': its events are the messages of a topic, and none is named', 'Add topic.')];
  if (type === MESSAGE_PUBLISHED || topic === undefined) return [];
  const mend = `Take topic out, or write type: ${MESSAGE_PUBLISHED}.`;
  return [refuse(['eventarc', 'topic'], `: events of type ${quote(type)} come from no topic`, mend)];
}

/** https://docs.cloud.google.com/eventarc/docs/run/route-trigger-cloud-run: of Cloud Run, the services of the project. */
function destinationFindings({ raw }: Draft, drafts: readonly Draft[], refuse: Refuse): Finding[] {
  const external = drafts.some(({ part, name }) => part === 'external' && name === raw.to);
  if (!('eventarc' in raw) || !external) return [];
  return [
    refuse(
      ['to'],
      `: Eventarc calls services of this file, and ${quote(String(raw.to))} is others’`,
      'Name a service.',
    ),
  ];
}

/** Those who may make it call are callers, and none of them is a sender. */
function fromFindings({ name, raw, at }: Draft, drafts: readonly Draft[]): Finding[] {
  if (!Array.isArray(raw.from)) return [];
  const parts = new Map(drafts.map((draft) => [draft.name, draft.part]));
  const callers = drafts.filter((draft) => isCaller(draft) && draft.part !== 'senders').map((draft) => draft.name);
  const timed = 'scheduler' in raw;
  return raw.from.flatMap((who: unknown, index): Finding[] => {
    if (typeof who !== 'string') return [];
    const offset = at(['from', index], 'value');
    const sender = unquoteWhenPlain(name);
    if (timed && index === 0)
      return [
        { offset, message: `${sender} calls by its schedule, and from ${quote(who)}`, mend: () => 'Take from out.' },
      ];
    if (callers.includes(who)) return [];
    const part = parts.get(who);
    const why = part === undefined ? 'is not declared' : `is ${oneOf(part)}`;
    const mend = () => (part === undefined ? didYouMean(who, callers) : undefined) ?? `Write one of ${list(callers)}.`;
    return [{ offset, message: `${sender} is made to call by ${quote(who)}, which ${why}`, mend }];
  });
}

function subscriptionFindings(senders: readonly Draft[]): Finding[] {
  const holders = new Map<string, string>();
  return senders.flatMap(({ name, raw, at }): Finding[] => {
    if (!('pubsub' in raw)) return [];
    const { subscription = name } = record(raw.pubsub);
    const id = `${String(raw.project ?? '')} ${String(subscription)}`;
    const holder = holders.get(id);
    holders.set(id, holder ?? name);
    if (holder === undefined) return [];
    const message = `${unquoteWhenPlain(holder)} and ${unquoteWhenPlain(name)} have the same subscription ${quote(String(subscription))}`;
    return [{ offset: at(['pubsub'], 'value'), message, mend: () => 'Name another one.' }];
  });
}

/** Senders may share a queue: it is one, and what is said of it is the same. */
function queueFindings(senders: readonly Draft[]): Finding[] {
  const first = new Map<string, Draft>();
  return senders.flatMap((draft): Finding[] => {
    const { queue } = record(draft.raw.tasks);
    if (typeof queue !== 'string') return [];
    const id = `${String(draft.raw.project ?? '')} ${queue}`;
    const holder = first.get(id) ?? draft;
    first.set(id, holder);
    if (said(holder) === said(draft)) return [];
    const message = `${unquoteWhenPlain(draft.name)} says otherwise of the queue ${quote(queue)} than ${unquoteWhenPlain(holder.name)}`;
    return [
      { offset: draft.at(['tasks'], 'value'), message, mend: () => 'Give both the same settings, or two queues.' },
    ];
  });
}

function said({ raw }: Draft): string {
  const settings = { ...senderDefaults.tasks, ...record(raw.tasks) };
  return JSON.stringify(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
