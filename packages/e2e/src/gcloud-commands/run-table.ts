import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Output } from '../real-clients/run-program.ts';
import type { Gcloud } from './gcloud.ts';
import { type Command, type Group, type Line, type Step, type Words, wordsOf } from './table.ts';

export interface Ran extends Output {
  /** The line with its names filled in. */
  readonly line: Line;
  /** What the emulator says afterwards of what the line looks at. */
  readonly seen: unknown;
}

export interface TableSetting {
  readonly gcloud: Gcloud;
  /** A folder for the groups' files. */
  readonly folder: string;
  /** What every group knows by name. */
  readonly names: Readonly<Record<string, string>>;
  /** The answer of the emulator's API, also where it refuses. @param request `GET /v1/...` */
  ask(request: string): Promise<object>;
}

/** `${name}` is what stands for it. */
type Names = Record<string, string>;

/** Runs the lines of each group in order, the groups side by side. */
export function runTable(groups: readonly Group[], setting: TableSetting): ReadonlyMap<Line, Promise<Ran>> {
  const results = new Map<Line, Promise<Ran>>();
  for (const group of groups) {
    const names: Names = { ...setting.names };
    let before: Promise<unknown> = prepare(group, names, setting);
    for (const command of group.commands) {
      before = before.then(() => runSteps(command.first, names, setting));
      for (const line of command.lines) {
        const result = before.then(() => runLine({ group, command, line }, names, setting));
        results.set(line, result);
        // The next lines are tried whatever became of this one.
        before = before.then(() => result.catch(() => {}));
      }
    }
    before.catch(() => {});
  }
  return results;
}

async function prepare({ name, files = {}, first }: Group, names: Names, setting: TableSetting): Promise<void> {
  const folder = join(setting.folder, name);
  const id = `${name.slice(0, 24)}-run`;
  Object.assign(names, { service: name, id, account: `${id}@${names.project}.iam.gserviceaccount.com`, folder });
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file);
    names[`file:${file}`] = path;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, filled(text, names));
  }
  await runSteps(first, names, setting);
}

async function runSteps(steps: readonly Step[] = [], names: Names, { gcloud }: TableSetting): Promise<void> {
  for (const step of steps) {
    const { run, keep } = typeof step === 'object' && 'run' in step ? step : { run: step, keep: undefined };
    const args = argumentsOf(run, names);
    const { code, stdout, stderr } = await gcloud.run(args);
    if (code !== 0) throw new Error(`What comes before failed: gcloud ${args.join(' ')}\n${stderr}`);
    if (keep !== undefined) names[keep] = stdout.trim();
  }
}

async function runLine(
  { group, command, line }: { readonly group: Group; readonly command: Command; readonly line: Line },
  names: Names,
  setting: TableSetting,
): Promise<Ran> {
  await runSteps(line.first, names, setting);
  const args = [...argumentsOf(line.args ?? command.args, names), ...argumentsOf(line.with, names)];
  const output = await setting.gcloud.run([...command.command.split(' '), ...args]);
  const see = line.see ?? command.see ?? group.see;
  const looks = line.sees !== undefined && see !== undefined;
  const seen = looks ? shortened(await setting.ask(filled(see, names))) : undefined;
  return { ...output, seen, line: JSON.parse(filled(JSON.stringify(line), names)) as Line };
}

interface Service {
  readonly kind: 'Service';
  readonly metadata: object;
  readonly spec: {
    readonly template: { readonly metadata?: object; readonly spec: { readonly containers: readonly object[] } };
    readonly traffic: unknown;
  };
  readonly status: unknown;
}

/** A service by what is looked at most; an error by what it says. */
function shortened(seen: object): unknown {
  if ('error' in seen) return seen.error;
  if (!isService(seen)) return seen;
  const { metadata, spec, status } = seen;
  const { template, traffic } = spec;
  const [container] = template.spec.containers;
  return { ...metadata, revision: template.metadata, spec: template.spec, container, traffic, status };
}

function isService(seen: object): seen is Service {
  return 'kind' in seen && seen.kind === 'Service';
}

function argumentsOf(words: Words | undefined, names: Names): string[] {
  return wordsOf(words).map((word) => filled(word, names));
}

function filled(text: string, names: Names): string {
  return text.replaceAll(/\$\{([\w:./-]+)\}/g, (whole, name: string) => names[name] ?? whole);
}
