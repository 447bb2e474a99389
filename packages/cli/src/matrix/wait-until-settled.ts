import { setTimeout as pause } from 'node:timers/promises';
import { ANONYMOUS, matrix } from '@run-edges/edges';
import type { Target } from './target.ts';
import { asDeclared, type Tried, tryMatrix } from './try-matrix.ts';

export interface Patience {
  readonly path: string;
  /** Looks in a row that must agree with the declaration: changes arrive unevenly. */
  readonly looks: number;
  /** Seconds altogether. */
  readonly seconds: number;
  /** Whether waiting is of no use: then what kept a look from being made is thrown at once. */
  readonly hopeless?: (error: Error) => boolean;
  /** Told each look that does not agree yet. */
  readonly onLook?: (differing: readonly Tried[] | Error) => void;
}

/** Longest pause between looks, in seconds. */
const LONGEST_PAUSE = 10;

/**
 * Looks until every edge has been as declared so many times in a row, allowed and forbidden ones alike: a policy takes
 * minutes to count everywhere. https://docs.cloud.google.com/iam/docs/access-change-propagation
 * @returns the last look, whether or not it agreed
 * @throws what kept the last look from being made
 */
export async function waitUntilSettled(
  target: Target,
  { path, looks, seconds, hopeless, onLook }: Patience,
): Promise<Tried[]> {
  const end = performance.now() + seconds * 1000;
  let agreeing = 0;
  for (let delay = 1; ; delay = Math.min(delay * 2, LONGEST_PAUSE)) {
    const tried = await look(target, path).catch((error: Error) => error);
    if (tried instanceof Error && hopeless?.(tried) === true) throw tried;
    const differing = tried instanceof Error ? tried : tried.filter((one) => !asDeclared(one));
    if (Array.isArray(differing) && differing.length === 0) {
      agreeing++;
      delay = 1;
      if (agreeing >= looks) return tried as Tried[];
    } else {
      agreeing = 0;
      onLook?.(differing);
    }
    if (performance.now() > end) {
      if (tried instanceof Error) throw tried;
      if (differing instanceof Error || differing.length > 0) return tried;
    }
    await pause(delay * 1000);
  }
}

async function look(target: Target, path: string): Promise<Tried[]> {
  await prepareTokens(target);
  return tryMatrix(target, { path });
}

/** All tokens at the same time, where they take long to get. */
export async function prepareTokens(target: Target): Promise<void> {
  const { audienceOf = target.urlOf } = target;
  const cells = matrix(target.declaration).filter(({ caller }) => caller !== ANONYMOUS);
  await Promise.all(cells.map(({ caller, receiver }) => target.idToken(caller, audienceOf(receiver))));
}
