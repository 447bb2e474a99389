import { printable } from '@run-edges/edges';
import Table from 'cli-table3';
import { shellCommand } from '../gcloud/shell-command.ts';
import { colour } from '../terminal/colour.ts';
import type { Change } from './change.ts';
import { isEmpty, type Plan } from './look.ts';

const COLOURS = {
  enable: 'green',
  build: 'green',
  create: 'green',
  grant: 'green',
  update: 'yellow',
  revoke: 'red',
} as const satisfies Record<Change['action'], string>;

/** What would change, a line for each, and below it what cannot be seen. */
export function renderPlan(plan: Plan): string {
  const { off } = plan;
  const sections = [...plan.apis, ...plan.sections];
  if (isEmpty(plan)) return 'Everything is there as declared: nothing is to be changed.';
  const changes = sections.flatMap((section) => section.changes);
  const table = new Table({
    head: ['change', 'on', 'what', 'before', 'after'],
    style: { head: [], border: [] },
    colWidths: [8, 38, 26, 34, 38],
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const { action, on, what, before, after } of changes)
    table.push([
      colour(COLOURS[action], action),
      ...[on, what, before ?? '', after ?? ''].map((text) => printable(text)),
    ]);
  const commands = sections.flatMap((section) => section.commands).length;
  const hidden =
    off.length === 0 ? [] : [`What these keep is not seen before they are on, and may be there: ${off.join(', ')}.`];
  return [
    table.toString(),
    `${counted(changes.length, 'change')}, by ${counted(commands, 'command')} of gcloud.`,
    ...hidden,
  ].join('\n');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** The same for programs. */
export function planJson(
  { off, apis, sections }: Plan,
  at: { project: string; region: string },
  notes: readonly string[],
): object {
  const all = [...apis, ...sections];
  return {
    project: at.project,
    region: at.region,
    off,
    changes: all.flatMap(({ changes }) => changes),
    commands: all.flatMap(({ commands }) => commands.map((command) => shellCommand(['gcloud', ...command]))),
    notes,
  };
}
