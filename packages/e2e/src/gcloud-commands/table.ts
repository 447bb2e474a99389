import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Commands that share a service or an account, which has the group's name; their lines are run one after the other. */
export interface Group {
  readonly name: string;
  readonly title: string;
  /** Files that the commands read; `${file:NAME}` is where one is. */
  readonly files?: Readonly<Record<string, string>>;
  readonly first?: readonly Step[];
  readonly see?: string;
  readonly elsewhere?: Readonly<Record<string, string>>;
  readonly commands: readonly Command[];
}

export interface Command {
  /** `run services update` */
  readonly command: string;
  /** What stands behind it in each of its lines. */
  readonly args?: Words;
  readonly first?: readonly Step[];
  /** What the lines look at when they were run: `GET /v1/...` of the emulator's API. */
  readonly see?: string;
  /** False: not emulated, whatever its flags; one line is enough. */
  readonly emulated?: false;
  readonly lines: readonly Line[];
  /** Why a flag has no line, for one or for all that have none. */
  readonly elsewhere?: Readonly<Record<string, string>> | string;
}

/** A command with one flag. It works where nothing else is said. */
export interface Line {
  /** The flag as it is written, and what it wants beside it; nothing for the command alone. */
  readonly with?: Words;
  /** In place of the command's. */
  readonly args?: Words;
  readonly first?: readonly Step[];
  readonly see?: string;
  /** A part of what is seen then; null for what is not there. */
  readonly sees?: unknown;
  /** A part of what gcloud prints. */
  readonly says?: string;
  /** It works in so far as it is kept and shown; why no more is done. */
  readonly kept?: string;
  /** It is refused: a part of what gcloud prints, which says why. */
  readonly refused?: string;
  readonly emulated?: false;
}

/** A command that comes before, and succeeds; what it prints may be kept under a name. */
export type Step = Words | { readonly run: Words; readonly keep: string };

/** Separated by blanks, or a list where one has blanks. */
export type Words = string | readonly string[];

type Written = Omit<Group, 'name' | 'commands'> & {
  /** `like` names a command whose lines are this one's too. */
  readonly commands: readonly (Omit<Command, 'lines'> & Partial<Pick<Command, 'lines'>> & { readonly like?: string })[];
};

const folder = join(import.meta.dirname, 'table');

export const table: readonly Group[] = readTable();

function readTable(): readonly Group[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  const written = files
    .toSorted()
    .map((file) => [file, parse(readFileSync(join(folder, file), 'utf8')) as Written] as const);
  const all = written.flatMap(([, { commands }]) => commands);
  return written.map(([file, group]) => ({
    ...group,
    name: file.replace(/^\d+-/, '').replace(/\.yaml$/, ''),
    commands: group.commands.map(({ like, lines = [{ emulated: false }], ...command }) => {
      const others = all.find((one) => one.command === like)?.lines ?? [];
      return { ...command, lines: [...lines, ...others.map((line) => ({ ...line }))] };
    }),
  }));
}

export function wordsOf(words: Words = []): readonly string[] {
  return typeof words === 'string' ? words.split(' ').filter((word) => word !== '') : words;
}

/** The flag that a line is about, by the name under which gcloud knows it; undefined where it is about none. */
export function flagOf(line: Line, known: readonly string[]): string | undefined {
  const [flag] = wordsOf(line.with)[0]?.split('=') ?? [];
  return flag === undefined || known.includes(flag) ? flag : flag.replace(/^--no-/, '--');
}
