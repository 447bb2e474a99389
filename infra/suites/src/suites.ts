import type { Command } from './run.ts';
import { slow } from './slow.ts';

const script = (name: string): Command => ['pnpm', 'run', '--silent', name];
const vitest = (...args: readonly string[]): Command => [
  ...(['vitest', 'run', '--config', '.config/vitest.config.ts'] as const),
  ...args,
];
const browser = (...args: readonly string[]): Command => [
  ...(['pnpm', '--filter', '@run-edges/e2e', 'run', 'browser'] as const),
  ...args,
];

/** What reads the sources and builds them: side by side, for the one waits for the network while another computes. */
export const checks: readonly Command[] = ['lint:all', 'audit:all', 'typecheck:all', 'build:quiet'].map(script);

/** What runs them: one after the other, each with all cores. What is covered is counted where it has a threshold alone. */
export function suites(all: boolean): readonly Command[] {
  const auth = vitest('--coverage', '--project', 'auth');
  const most = vitest('--project', '!auth', '--project', '!containers');
  if (all) {
    const mutants: Command = ['node', 'infra/mutants/src/main.ts', '--sample', '3'];
    return [auth, most, mutants, vitest('--project', 'containers'), browser()];
  }
  const quick = ['--tags-filter', '!slow'];
  return [[...auth, ...quick], [...most, '--project', '!slow', ...quick], browser('--grep-invert', '@slow')];
}

/** What the quick form leaves out, in one line. */
export function leftOut(): string {
  const names = [...Object.keys(slow), 'containers', 'single tests that are tagged slow'];
  return `Left out, as slow by nature: ${names.join(', ')}. npm test -- --all runs them, too.`;
}
