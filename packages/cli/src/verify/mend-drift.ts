import { printable } from '@run-edges/edges';
import { runPlan, type Section } from '../deployment/run-plan.ts';
import { tellingGcloud } from '../gcloud/telling-gcloud.ts';
import { confirm } from '../terminal/confirm.ts';
import { fixesOf, type Taking } from './fixes.ts';
import type { Row } from './row.ts';

export interface Consent {
  /** What is granted needs no asking. */
  readonly yes: boolean;
  /** Nor does what is taken away, together with `yes`. */
  readonly removeExtra: boolean;
}

/**
 * Mends what gcloud can mend and somebody agrees to. What takes access away is shown with its origin, and done when it was
 * agreed to by itself. @returns whether anything was done @throws DeploymentError
 */
export async function mendDrift(rows: readonly Row[], consent: Consent, say: (line: string) => void): Promise<boolean> {
  const { giving, taking } = fixesOf(rows);
  const gives =
    giving.length > 0 && (consent.yes || (await confirm(`Run the ${giving.length} commands that take nothing away?`)));
  const takes = taking.length > 0 && (await mayTake(taking, consent, say));
  // What closes comes before what opens.
  const sections: readonly Section[] = [
    { title: 'Taken away', commands: takes ? taking.map(({ command }) => command) : [] },
    { title: 'Granted', commands: gives ? giving : [] },
  ].filter(({ commands }) => commands.length > 0);
  if (sections.length > 0) await runPlan(tellingGcloud(say), sections, say);
  return sections.length > 0;
}

async function mayTake(
  taking: readonly Taking[],
  { yes, removeExtra }: Consent,
  say: (line: string) => void,
): Promise<boolean> {
  if (yes && removeExtra) return true;
  const listed = taking.flatMap(({ what, origin }) =>
    what.map((one) => `  ${printable(one)} (made by: ${printable(origin)})`),
  );
  if (yes) {
    say(`\nNobody's access is taken away: --yes does that with --remove-extra alone. What stands:`);
    for (const line of listed) say(line);
    return false;
  }
  say('\nThis would be taken away; whoever lives by it is refused from then on:');
  for (const line of listed) say(line);
  return confirm(`Take these ${taking.length} away?`, '--yes --remove-extra');
}
