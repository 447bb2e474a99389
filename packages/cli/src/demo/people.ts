import { setTimeout as pause } from 'node:timers/promises';
import type { Cloud } from '@run-edges/emulator';
import { SingleBar } from 'cli-progress';
import { TIMEOUT_MS } from '../emulator-api.ts';
import { object, shape } from '../shape.ts';

const POLL_MS = 200;
const count = { type: 'integer', minimum: 0 };

/** What a service that keeps people says of itself at /health/ready. */
interface People {
  /** How many there are. */
  readonly people: number;
  /** Of how many search is still to be told. */
  readonly pending: number;
}

const people = shape<People>(object({ people: count, pending: count }));

/** Shows how many demo people can be found already, until all can; no line where no service keeps people, or all are there. */
export async function followDemoPeople(cloud: Cloud, wanted: number, signal: AbortSignal): Promise<void> {
  let bar: SingleBar | undefined;
  try {
    for (
      let left = await notYetFindable(cloud, signal);
      left > 0 && !signal.aborted;
      left = await notYetFindable(cloud, signal)
    ) {
      bar ??= startBar(wanted);
      bar.update(Math.max(0, wanted - left));
      await pause(POLL_MS);
    }
    if (!signal.aborted) bar?.update(wanted);
  } finally {
    bar?.stop();
  }
}

async function notYetFindable(cloud: Cloud, signal: AbortSignal): Promise<number> {
  const facts = await Promise.all(cloud.services.map(({ containerUrl }) => factsOf(containerUrl, signal)));
  return Math.max(0, ...facts.map(({ people, pending = 0 }) => (people === undefined ? 0 : pending)));
}

async function factsOf(containerUrl: string | undefined, signal: AbortSignal): Promise<Partial<People>> {
  if (containerUrl === undefined) return {};
  const response = await fetch(`${containerUrl}/health/ready`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch(() => undefined);
  const facts: unknown = response?.ok ? await response.json().catch(() => undefined) : undefined;
  return people(facts) === undefined ? (facts as People) : {};
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
