import { closeSync, existsSync, openSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, relative, resolve } from 'node:path';
import { printable } from '@run-edges/edges';
import type { Cloud } from '@run-edges/emulator';
import { Command } from 'commander';
import { CommandError } from '../exec/command-error.ts';
import { hearSignals, type Signals } from '../exec/signals.ts';
import { checkCommand, runInCloud, type UpFlags, whileUp } from '../exec/while-up.ts';
import { patchOf, withEdges } from '../learn/patch.ts';
import { createRecord, type Learned } from '../learn/record.ts';
import { learnedJson, remarksOn, reportLearned } from '../learn/report.ts';
import { MendableError } from '../mendable-error.ts';
import { renderAddresses } from '../terminal/addresses.ts';
import { colour } from '../terminal/colour.ts';
import { pass, tell } from '../terminal/output.ts';
import { reportError } from '../terminal/report-error.ts';
import { addEmulatorOptions } from './emulator-options.ts';
import { edgesOption, path } from './shared-options.ts';

interface LearnFlags extends UpFlags {
  readonly write: boolean;
  readonly json: boolean;
  readonly output?: string;
}

/** As of `exec`. */
const OWN_FAILURE = 125;

const WARNING =
  'LEARNING: every gate lets everybody in, and NOTHING IS PROTECTED. Use it on a machine and with data that anybody may see.';
const REPEATED_MS = 60_000;

export function learnCommand(): Command {
  const command = new Command('learn')
    .description(
      'Start everything with gates that let everybody in, see who calls whom, and print the edges as a patch of the declaration.',
    )
    .usage('[options] [-- <command> [arguments...]]')
    .argument('[command...]', 'what makes the calls, run as exec does; without one it learns until Ctrl-C')
    .passThroughOptions()
    .addOption(edgesOption());
  return addEmulatorOptions(command)
    .option('--write', 'apply the patch to the declaration', false)
    .option('--json', 'print {edges, outside, apart, unused, added, refused, patch}', false)
    .option('--output <file>', 'what is printed goes there: standard output is the command’s, too', path)
    .option('--logs', 'show everything that the services log, not only warnings', false)
    .addHelpText(
      'after',
      `
Who calls is known by the ID token alone: whoever shows none, or one that is not good here, is listed apart and makes no edge.
Services and the command are told the URL of every service. On this machine alone, and never on Cloud Run.
What is printed is taken by git apply and patch -p1. It comes after what the command itself prints: --output keeps them apart.

Exit code: the command's, as of exec; without one 0.`,
    )
    .action(learn);
}

async function learn(command: readonly string[], flags: LearnFlags): Promise<void> {
  const signals = hearSignals();
  try {
    if (command.length > 0) checkCommand(command);
    if (flags.output !== undefined) checkOutput(flags.output, flags.edges);
    const { exitCode, learned } = await whileUp(flags, signals, (cloud) => watch(cloud, command, signals), {
      learn: true,
    });
    report(learned, flags);
    process.exitCode = exitCode;
  } catch (error) {
    if (!signals.first.aborted) reportError(error);
    process.exitCode = error instanceof CommandError ? error.exitCode : OWN_FAILURE;
    if (signals.first.aborted) process.exitCode = signals.exitCode();
  }
  // Nothing that a service left open keeps the caller waiting.
  process.exit();
}

async function watch(
  cloud: Cloud,
  command: readonly string[],
  signals: Signals,
): Promise<{ readonly exitCode: number; readonly learned: Learned }> {
  const warn = () => tell(colour('red', WARNING));
  warn();
  const repeated = setInterval(warn, REPEATED_MS);
  const record = createRecord(cloud.declaration);
  cloud.decisions.onDecision(record.add);
  try {
    if (command.length > 0) {
      const exitCode = await runInCloud(command, cloud, signals);
      return { exitCode, learned: record.learned() };
    }
    tell(`${renderAddresses(cloud)}\n\nCall what calls. Press Ctrl-C to stop, and see what was learned.`);
    if (!signals.first.aborted)
      await new Promise((resolve) => signals.first.addEventListener('abort', resolve, { once: true }));
    return { exitCode: 0, learned: record.learned() };
  } finally {
    clearInterval(repeated);
  }
}

class OutputError extends MendableError {
  override readonly name = 'OutputError';
}

/** Neither what was learned is to be lost at the end, nor the declaration. @throws OutputError */
function checkOutput(file: string, edges: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OutputError(
      `Nothing can be written to ${printable(file)} (${code ?? message}).`,
      'Name a file in a folder that is there.',
    );
  }
  if (existsSync(edges) && realpathSync(file) === realpathSync(edges))
    throw new OutputError(
      `${printable(file)} is the declaration itself.`,
      'Name another file, or let --write apply the patch to it.',
    );
}

function report(learned: Learned, { edges: file, write, json, output }: LearnFlags): void {
  // As it is now: it may have been edited meanwhile.
  const before = readFileSync(file, 'utf8');
  const wanted = learned.edges.filter(({ declared }) => !declared);
  const patched = withEdges(before, file, wanted);
  const patch = patchOf(shownPath(file), before, patched.text);
  if (write && patch !== '') writeFileSync(file, patched.text);
  const text = json
    ? `${JSON.stringify(learnedJson(learned, patched, patch), null, 2)}\n`
    : [...reportLearned(learned).map((line) => `${line}\n`), patch].join('');
  if (output !== undefined) writeFileSync(output, text);
  // The lines of a file may end otherwise than ours, and a patch is nothing without them.
  else pass(text);
  for (const line of remarksOn(learned, patched)) tell(line);
  tell(said(patched.added.length, write, printable(file)));
}

function said(added: number, write: boolean, file: string): string {
  if (added === 0) return `Nothing is to be added to ${file}.`;
  const edges = `${added} ${added === 1 ? 'edge' : 'edges'}`;
  if (write) return `${edges} written into ${file}. Look at the difference before you commit it.`;
  return `${edges} for ${file}: apply them by git apply, or learn again with --write.`;
}

/** Relative to where the command was called, as those who apply patches take it; or the name alone. */
function shownPath(file: string): string {
  const path = relative(process.cwd(), resolve(file));
  return path.startsWith('..') || isAbsolute(path) ? basename(file) : path.replaceAll('\\', '/');
}
