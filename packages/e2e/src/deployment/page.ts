import { stripVTControlCharacters } from 'node:util';
import { runProgram } from '../real-clients/run-program.ts';

/** A block of a page that a reader runs, and what the page says that it prints. */
export interface Step {
  readonly heading: string;
  readonly commands: string;
  readonly prints: string;
}

/** The blocks of a page that a reader runs one after the other: those marked `sh` alone. */
export function stepsOf(page: string): readonly Step[] {
  const steps: { heading: string; commands: string; prints: string }[] = [];
  let heading = '';
  for (const [, title, language, text = ''] of page.matchAll(/^#+ (.*)$|^```(\S+(?: \S+)*)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    if (language === 'sh') steps.push({ heading, commands: text, prints: '' });
    const last = steps.at(-1);
    if (language === 'text' && last !== undefined) last.prints += text;
  }
  return steps;
}

const MARK = '=== step ';

/** Runs them in one shell, as a reader does, and gives what each printed. @throws when one fails */
export async function runSteps(
  steps: readonly Step[],
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string | undefined>> },
): Promise<readonly string[]> {
  const script = ['set -eu', 'exec 2>&1', ...steps.map(({ commands }, index) => `echo "${MARK}${index}"\n${commands}`)];
  const { code, stdout } = await runProgram({
    command: 'bash',
    args: ['-c', script.join('\n')],
    cwd,
    env,
    timeout: 600_000,
  });
  const printed = stripVTControlCharacters(stdout)
    .split(new RegExp(`^${MARK}\\d+\\n`, 'm'))
    .slice(1);
  if (code !== 0) throw new Error(`"${steps[printed.length - 1]?.heading}" ended with ${code}:\n${printed.at(-1)}`);
  return printed;
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
