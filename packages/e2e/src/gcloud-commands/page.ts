import { type Command, type Group, type Line, table, type Words, wordsOf } from './table.ts';

/** The table for readers. */
export function pageOf(groups: readonly Group[] = table): string {
  return `# gcloud with the emulator

What the real gcloud does with a running emulator, command by command and flag by flag. The suite tries each line with it,
and looks at what the emulator says afterwards: [the lines](../../packages/e2e/src/gcloud-commands/table) are data. A flag that
a newer gcloud brings fails the suite until it has its line.

- **works**: as at Google, as far as one machine can. Where something is kept and shown, and no more, the reason is there.
- **refused**: Google would refuse it, too, or the emulator cannot carry it out and does not pass over it in silence.
- **not emulated**: gcloud says \`is not emulated by run-edges\`. As with every answer of that kind (501), it asks again for
  half a minute before.

${countsOf(groups)}

${groups.map(sectionOf).join('\n\n')}
`;
}

function countsOf(groups: readonly Group[]): string {
  const outcomes = groups.flatMap(({ commands }) => commands.flatMap(({ lines }) => lines.map(outcomeOf)));
  const [works, refused, not] = ['works', 'refused', 'not'].map(
    (kind) => outcomes.filter((outcome) => outcome.startsWith(kind)).length,
  );
  return `Of ${outcomes.length} lines ${works} work, ${refused} are refused, and ${not} are not emulated.`;
}

function sectionOf({ title, elsewhere = {}, commands }: Group): string {
  const tables = commands.filter(({ emulated }) => emulated !== false).map(tableOf);
  const others = commands.filter(({ emulated }) => emulated === false).map(({ command }) => `- \`gcloud ${command}\``);
  const list = others.length === 0 ? [] : [`Not emulated, whatever the flags:\n\n${others.join('\n')}`];
  return [`## ${title}`, ...withoutLines(elsewhere), ...tables, ...list].join('\n\n');
}

function tableOf({ command, args, lines, elsewhere = {} }: Command): string {
  const rows = lines.map((line) => `| ${written(line.with ?? line.args ?? args)} | ${cell(outcomeOf(line))} |`);
  const table = ['| with | |', '|---|---|', ...rows].join('\n');
  const others =
    typeof elsewhere === 'string' ? [`Its other flags have no lines: ${elsewhere}.`] : withoutLines(elsewhere);
  return [`### gcloud ${command}`, table, ...others].join('\n\n');
}

/** `--filter`, `--limit` have no lines: gcloud's own. */
function withoutLines(elsewhere: Readonly<Record<string, string>>): string[] {
  const reasons = [...new Set(Object.values(elsewhere))];
  return reasons.map((reason) => {
    const flags = Object.keys(elsewhere).filter((flag) => elsewhere[flag] === reason);
    return `Without lines: ${flags.map((flag) => `\`${flag}\``).join(', ')} (${reason}).`;
  });
}

function outcomeOf({ refused, kept, emulated }: Line): string {
  if (emulated === false) return 'not emulated';
  if (refused !== undefined) return `refused: ${refused}`;
  return kept === undefined ? 'works' : `works: kept and shown; ${kept}`;
}

function written(words: Words | undefined): string {
  const line = wordsOf(words).map((word) => (/[\s"]|=$/.test(word) ? `'${word}'` : word));
  return line.length === 0 ? 'nothing more' : `\`${cell(line.join(' '))}\``;
}

/** With the names as a reader would write them: ACCOUNT for `${account}`. */
function cell(text: string): string {
  return text
    .replaceAll(/\$\{file:([^}]+)\}/g, '$1')
    .replaceAll(/\$\{folder\}\//g, '')
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => name.toUpperCase())
    .replaceAll('|', '\\|');
}
