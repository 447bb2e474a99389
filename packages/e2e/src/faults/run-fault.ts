import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import type { Entry, Period } from './ledger.ts';
import type { Setting } from './setting.ts';
import { monotonic } from './world/protocol.ts';

/** A bound for what hangs: whatever takes longer does not recover. */
const RECOVERY_MS = 60_000;
/** All worked again: so long nothing may go wrong any more. */
const CALM_MS = 1_000;

/** Makes something go wrong for so many milliseconds, and counts until all works again. */
export async function runFault(
  { world, load, ledger }: Setting,
  family: string,
  fault: Fault,
  lasts: number,
): Promise<Entry> {
  const period: Period = { spoilsTokens: fault.spoilsTokens ?? false, begun: Number.POSITIVE_INFINITY };
  ledger.open(period);
  for (const writer of load.writers) writer.begin();
  if ((await load.works(monotonic(), RECOVERY_MS)) === undefined)
    throw new Error(`not all works before it: ${load.troubles().join('; ')}\n${world.log().slice(-3_000)}`);

  period.begun = monotonic();
  await fault.begin(world);
  if (fault.end !== undefined) await pause(lasts);
  await fault.end?.(world);
  const ended = monotonic();
  load.startAnew();
  const works = await load.works(ended, RECOVERY_MS);
  if (works !== undefined) period.recovered = monotonic();
  await pause(CALM_MS);

  await world.ask({ do: 'tell' });
  const acknowledged = load.writers.reduce((sum, writer) => sum + writer.acknowledged().length, 0);
  const lost =
    works === undefined
      ? []
      : await Promise.all(load.writers.map(({ lost }) => lost(AbortSignal.timeout(RECOVERY_MS))));
  return {
    family,
    fault: fault.name,
    ...ledger.counts(),
    acknowledged,
    lost: lost.flat(),
    seconds: works && (works - ended) / 1_000,
    restarts: fault.restarts ?? false,
  };
}
