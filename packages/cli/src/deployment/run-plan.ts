import type { Gcloud } from '../gcloud/gcloud.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { shellCommand } from '../gcloud/shell-command.ts';
import type { Command } from './commands.ts';
import { DeploymentError } from './deployment-error.ts';

/** Commands of one kind, under a heading. */
export interface Section {
  readonly title: string;
  readonly commands: readonly Command[];
}

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
  }
}
