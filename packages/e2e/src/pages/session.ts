import { stripVTControlCharacters } from 'node:util';
import type { Block } from '@run-edges/audit/code-blocks';
import { runProgram } from '../real-clients/run-program.ts';

/** A block of a page that a reader runs, and what the page says that it prints. */
export interface Step {
  /** Page and line. */
  readonly at: string;
  readonly commands: string;
  /** It goes on until Ctrl-C, while the reader goes on in another terminal. */
  readonly stays: boolean;
  readonly prints: string;
}

/** The blocks of a page that a reader runs one after the other: `sh` and `sh stays`. */
export function stepsOf(blocks: readonly Block[]): readonly Step[] {
  const steps: Step[] = [];
  let last: Step | undefined;
  for (const { page, line, info, text } of blocks) {
    if (info === 'sh' || info === 'sh stays') {
      last = { at: `${page}:${line}`, commands: text, stays: info !== 'sh', prints: '' };
      steps.push(last);
    } else if (info === 'text' && last !== undefined) {
      last = { ...last, prints: `${last.prints}${text}` };
      steps[steps.length - 1] = last;
    } else if (info.startsWith('sh ')) last = undefined;
  }
  return steps;
}

const MARK = '=== step ';

/** Ends whatever the steps left running, each with all that it started, as Ctrl-C does. */
const END = `
leave() {
  local pid
  for pid in $(jobs -p); do kill -INT -- "-$pid" 2>/dev/null || true; done
  wait
}
end() {
  local code=$? log
  trap - EXIT
  leave
  for log in "$logs"/*; do echo "${MARK}$(basename "$log")"; cat "$log"; done
  rm -r "$logs"
  exit $code
}
logs=$(mktemp -d)
shopt -s nullglob
trap end EXIT
trap 'exit 143' TERM
set -m`;

interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A command that succeeds once a step that stays is up; `$log` has what it wrote. */
  readonly isUp?: string;
}

/** Runs them in one shell, as a reader does, and gives what each printed. @throws when one fails, with what it printed */
export async function runSteps(steps: readonly Step[], { cwd, env, isUp = 'true' }: Place): Promise<readonly string[]> {
  const script = ['set -eu', 'exec 2>&1', END, ...steps.map((step, index) => scriptOf(step, index, isUp))];
  const { code, stdout } = await runProgram({
    command: 'bash',
    args: ['-c', script.join('\n')],
    cwd,
    env,
    timeout: 600_000,
  });
  const [, ...parts] = stripVTControlCharacters(stdout).split(new RegExp(`^${MARK}(\\d+)\n`, 'm'));
  const printed = steps.map(() => '');
  let last = 0;
  for (let at = 0; at < parts.length; at += 2) {
    const index = Number(parts[at]);
    printed[index] += parts[at + 1] ?? '';
    last = Math.max(last, index);
  }
  if (code !== 0) throw new Error(`${steps[last]?.at} ended with ${code}:\n${printed[last]}`);
  return printed;
}

/** What stays writes into a file, which is told at the end; one at a time, as a reader would end the one before. */
function scriptOf({ commands, stays }: Step, index: number, isUp: string): string {
  const mark = `echo "${MARK}${index}"`;
  if (!stays) return `${mark}\n${commands}`;
  return `${mark}
leave
log="$logs/${index}"
{
${commands}
} > "$log" 2>&1 &
until ${isUp}; do kill -0 "$!" 2>>"$log" || exit 1; sleep 0.2; done`;
}

/** The lines of a page that were not printed in this order; `...` stands for anything. */
export function notPrinted(said: string, printed: string): readonly string[] {
  const lines = printed.split('\n');
  let at = 0;
  return said.split('\n').filter((line) => {
    const pattern = new RegExp(
      line
        .split('...')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*'),
    );
    const found = lines.findIndex((one, index) => index >= at && pattern.test(one));
    if (found !== -1) at = line === '' ? at : found + 1;
    return found === -1;
  });
}
