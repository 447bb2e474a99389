import { printable, serviceAccountDomain } from '@run-edges/edges';
import Table from 'cli-table3';
import { shellCommand } from '../gcloud/shell-command.ts';
import { colour } from '../terminal/colour.ts';
import { wrap } from '../terminal/wrap.ts';
import { isAcceptable, type Row, type State } from './row.ts';

const WIDTH = 100;
const KIND_WIDTH = 'authoritative-owner'.length + 2;
const WIDEST_SERVICE = 24;

/** Members that the file does not take. */
const NEVER_ACCEPTED = /^(?:allUsers$|deleted:)/;

interface About {
  readonly project: string;
  /** The declaration's path, as it was given. */
  readonly file: string;
}

/** A line of a table. */
interface Entry {
  readonly row: Row;
  readonly reasons: readonly string[];
}

/** The differences as a table, and below it how each is mended; then who may invoke as it should be; then one line. */
export function renderRows(rows: readonly Row[], about: About): string {
  const of = (state: State) => rows.filter((row) => row.state === state);
  const [drift, unseen] = [of('drift'), of('unseen')];
  const asItShould = [...eachAlone(of('accepted')), ...byService(of('declared'))];
  return [
    ...(drift.length === 0 ? [] : [tableOf('drift', eachAlone(drift)), ...mends(drift), ...acceptances(drift, about)]),
    ...(unseen.length === 0
      ? []
      : [tableOf('not seen', eachAlone(unseen)), 'What lets it be seen:', ...new Set(unseen.map(mendOf))]),
    ...(asItShould.length === 0 ? [] : [tableOf('may invoke', asItShould)]),
    summary(rows, about),
  ].join('\n');
}

function tableOf(head: string, entries: readonly Entry[]): string {
  const longest = Math.max(...entries.map(({ row }) => row.service.length), 'service'.length);
  const serviceWidth = Math.min(longest, WIDEST_SERVICE) + 2;
  const whatWidth = WIDTH - 4 - KIND_WIDTH - serviceWidth;
  const table = new Table({
    head: [head, 'service', 'what'],
    style: { head: [], border: [] },
    colWidths: [KIND_WIDTH, serviceWidth, whatWidth],
  });
  for (const { row, reasons } of entries)
    table.push([
      firstWord(row),
      wrap(printable(row.service), serviceWidth - 2),
      reasons.map((reason) => wrap(printable(reason), whatWidth - 2)).join('\n'),
    ]);
  return table.toString();
}

function firstWord({ kind, state }: Row): string {
  if (state === 'drift') return colour('red', kind);
  if (state === 'declared') return colour('green', state);
  return state === 'unseen' ? colour('yellow', kind) : colour('dim', kind === 'stale' ? kind : state);
}

function eachAlone(rows: readonly Row[]): readonly Entry[] {
  return rows.map((row) => ({ row, reasons: [row.reason] }));
}

/** What is declared is many rows that say little: one entry for each service. */
function byService(rows: readonly Row[]): readonly Entry[] {
  return [...Map.groupBy(rows, ({ service }) => service).values()].flatMap((same) => {
    const [row] = same;
    return row === undefined ? [] : [{ row, reasons: same.map(({ reason }) => reason) }];
  });
}

function mends(drift: readonly Row[]): readonly string[] {
  return [`${drift.length} of them. What mends them:`, ...new Set(drift.map(mendOf))];
}

export function mendOf({ fix, mend }: Pick<Row, 'fix' | 'mend'>): string {
  return fix === undefined ? printable(mend ?? '') : shellCommand(['gcloud', ...fix]);
}

/** What is meant to be so, as the file takes it. */
function acceptances(drift: readonly Row[], { project, file }: About): readonly string[] {
  const suffix = `@${serviceAccountDomain(project)}`;
  const entries = drift
    .filter((row) => isAcceptable(row) && !NEVER_ACCEPTED.test(row.member))
    .map(({ member, path, on }) => {
      const place = path === 'folder' || path === 'organization' ? 'project' : on.replace(suffix, '');
      return `  - { member: ${JSON.stringify(member)}, on: ${JSON.stringify(place)}, reason: "..." }`;
    });
  if (entries.length === 0) return [];
  return [
    `What is meant to be so is accepted in ${printable(file)}, with the reason, and until: YYYY-MM-DD where it ends:`,
    'accepted:',
    ...[...new Set(entries)].map((entry) => printable(entry)),
  ];
}

function summary(rows: readonly Row[], { project }: About): string {
  const count = (state: State) => rows.filter((row) => row.state === state && row.kind !== 'stale').length;
  const rest = `${count('declared')} declared, ${count('accepted')} accepted`;
  const [drift, unseen] = [count('drift'), count('unseen')];
  const blind = unseen === 0 ? '' : `, ${unseen} not looked at`;
  if (drift > 0) return `${project} is not as declared: ${drift} differing, ${rest}${blind}.`;
  if (unseen > 0) return `${project} is as declared as far as it was seen: ${rest}${blind}.`;
  return `${project} is as declared. Ways in: ${rest}.`;
}
