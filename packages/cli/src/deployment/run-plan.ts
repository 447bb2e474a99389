import type { Command } from '../gcloud/command.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { shellCommand } from '../gcloud/shell-command.ts';
import { DeploymentError } from './deployment-error.ts';

/** Commands of one kind, under a heading. */
export interface Section {
  readonly title: string;
  readonly commands: readonly Command[];
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs what has to be done, in order.
 * @throws DeploymentError that says what was done, what was not, and what mends it
 */
export async function runPlan(
  gcloud: Gcloud,
  sections: readonly Section[],
  say: (line: string) => void,
): Promise<void> {
  const all = sections.flatMap(({ commands }) => commands);
  let done = 0;
  // gcloud hears the same Ctrl-C and ends; what was done stays, and what was under way may have been done.
  const interrupted = () => {
    say(`\nInterrupted: ${done} of ${all.length} commands were done. A second run goes on where this one stopped.`);
    if (done < all.length) say(`Perhaps done: ${shellCommand(['gcloud', ...(all[done] ?? [])])}`);
    process.exit(130);
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    for (const { title, commands } of sections) {
      say(`\n# ${title}`);
      for (const command of commands) {
        await gcloud.run(command);
        done++;
      }
    }
  } catch (error) {
    if (!(error instanceof GcloudError)) throw error;
    say(`\n# Not done, ${all.length - done} of ${all.length}:`);
    for (const command of all.slice(done)) say(shellCommand(['gcloud', ...command]));
    throw new DeploymentError(error.message, `${error.mend} A second run goes on where this one stopped.`, {
      cause: error,
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  }
}
