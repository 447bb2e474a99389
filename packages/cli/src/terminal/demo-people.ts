import { setTimeout as pause } from 'node:timers/promises';
import type { Cloud } from '@run-edges/emulator';
import { SingleBar } from 'cli-progress';

const POLL_MS = 200;

/** What a service that keeps people says of itself at /health/ready. */
interface People {
  /** How many there are. */
  readonly people: number;
  /** Of how many search is still to be told. */
  readonly pending: number;
}

/** Shows how many demo people can be found already, until all can; no line where no service keeps people, or all are there. */
export async function followDemoPeople(cloud: Cloud, wanted: number, signal: AbortSignal): Promise<void> {
  let bar: SingleBar | undefined;
  try {
    for (let left = await notYetFindable(cloud); left > 0 && !signal.aborted; left = await notYetFindable(cloud)) {
      bar ??= startBar(wanted);
      bar.update(Math.max(0, wanted - left));
      await pause(POLL_MS);
    }
    if (!signal.aborted) bar?.update(wanted);
  } finally {
    bar?.stop();
  }
}

async function notYetFindable(cloud: Cloud): Promise<number> {
  const facts = await Promise.all(cloud.services.map(({ containerUrl }) => factsOf(containerUrl)));
  return Math.max(0, ...facts.map(({ people, pending = 0 }) => (people === undefined ? 0 : pending)));
}

async function factsOf(containerUrl: string | undefined): Promise<Partial<People>> {
  if (containerUrl === undefined) return {};
  const response = await fetch(`${containerUrl}/health/ready`).catch(() => undefined);
  const facts: unknown = response?.ok ? await response.json().catch(() => ({})) : {};
  return facts as Partial<People>;
}

function startBar(wanted: number): SingleBar {
  const bar = new SingleBar({
    format: 'Demo people |{bar}| {value} of {total} can be found, {eta_formatted} left',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    // Not a terminal: a line now and then.
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  bar.start(wanted, 0);
  return bar;
}
