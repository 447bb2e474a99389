import { randomBytes } from 'node:crypto';
import { ANONYMOUS, type Cell, type Declaration, matrix, mayCallAt, type Verdict } from '@run-edges/edges';
import { RefusedError } from '../developer-api.ts';
import { TargetError } from '../emulator-api.ts';
import { readText } from '../read-text.ts';
import type { Target } from './target.ts';
import { tracesOfARun } from './traces.ts';

/** What one edge gave. `unclear` is an answer that is neither the app's nor the gate's 403. */
export interface Tried {
  readonly caller: string;
  readonly receiver: string;
  readonly expected: Verdict;
  readonly actual: Verdict | 'unclear';
  readonly status: number;
  readonly reason: string;
}

const TIMEOUT_MS = 10_000;

export function asDeclared(tried: Tried): boolean {
  return tried.actual === tried.expected;
}

/**
 * Tries every caller x receiver edge with the caller's real token. Where the receivers' containers count their
 * requests, a forbidden request that reached one makes its cell differ, whatever status came back.
 */
export async function tryMatrix(target: Target, { path }: { path: string }): Promise<Tried[]> {
  const cells = matrix(target.declaration);
  const tried = new Map<Cell, Tried>();
  const nextTrace = tracesOfARun();
  const tryAll = (some: readonly Try[]) =>
    inBatches(some, async (one) => {
      const result = await tryEdge(target, one, nextTrace());
      const inside = tried.get(one.cell);
      tried.set(one.cell, inside === undefined ? result : withOutside(inside, one, result));
    });
  await tryAll(
    cells.flatMap((cell) =>
      cell.expected === 'allowed' ? [{ cell, path: cell.path ?? path, expected: 'allowed' }] : [],
    ),
  );

  // One receiver after another: what reaches a container is then one of its own column's.
  const refused = cells.flatMap((cell): Try[] => {
    if (cell.expected === 'forbidden') return [{ cell, path, expected: 'forbidden' }];
    return cell.path === undefined
      ? []
      : [{ cell, path: outsideOf(target.declaration, cell, path), expected: 'forbidden' }];
  });
  const receivers = [...new Set(refused.map(({ cell }) => cell.receiver))];
  for (const receiver of receivers) {
    const before = await target.requestsSeen?.(receiver, path);
    const here = refused.filter(({ cell }) => cell.receiver === receiver);
    await tryAll(here);
    const after = await target.requestsSeen?.(receiver, path);
    // Reading the counter is a request too.
    if (before !== undefined && after !== undefined && after !== before + 1)
      for (const { cell } of here) tried.set(cell, reached(tried.get(cell) as Tried, after - before - 1));
  }
  return cells.map((cell) => tried.get(cell) as Tried);
}

/** A request: of an edge that is limited to paths there are two, one within and one outside. */
interface Try {
  readonly cell: Cell;
  readonly path: string;
  readonly expected: Verdict;
}

/** A path at which no edge lets the caller in: the one that is asked for, where it is none of the edge's. */
function outsideOf(declaration: Declaration, { caller, receiver }: Cell, path: string): string {
  const isOutside = (one: string) => !mayCallAt(declaration, { caller, receiver, path: one });
  return [path, '/'].find(isOutside) ?? `/run-edges/outside/${randomBytes(8).toString('hex')}`;
}

/** What both requests of an edge gave that is limited to paths. */
function withOutside(inside: Tried, { path, expected }: Try, { actual, status }: Tried): Tried {
  const reason = `${inside.reason}; outside its paths, at ${path}: ${status} ${actual}`;
  if (actual === expected) return { ...inside, reason };
  return { ...inside, actual: 'unclear', status, reason: `${reason}, declared ${expected}` };
}

/** Tries at the same time: fewer than a container takes by default, or one machine feels. */
const AT_ONCE = 8;

async function inBatches<T>(all: readonly T[], tryOne: (one: T) => Promise<void>): Promise<void> {
  for (let done = 0; done < all.length; done += AT_ONCE) await Promise.all(all.slice(done, done + AT_ONCE).map(tryOne));
}

function reached(tried: Tried, requests: number): Tried {
  return {
    ...tried,
    actual: tried.actual === tried.expected ? 'unclear' : tried.actual,
    reason: `${tried.reason}; ${requests} request(s) reached ${tried.receiver}'s container meanwhile`,
  };
}

async function tryEdge(target: Target, { cell, path }: Try, trace: string): Promise<Tried> {
  const { caller, receiver, expected } = cell;
  const url = target.urlOf(receiver);
  const audience = target.audienceOf?.(receiver) ?? url;
  const token = caller === ANONYMOUS ? undefined : await tokenOf(target, caller, audience);
  // Who has no token comes in nowhere, and that is not what was declared of any edge.
  if (token instanceof RefusedError)
    return { caller, receiver, expected, actual: 'unclear', status: 403, reason: token.message };
  const { response, page } = await ask(new URL(path, url), {
    traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-01`,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }).catch((error: Error) => {
    const why = (error.cause as Error | undefined)?.message ?? error.message;
    throw new TargetError(`${receiver} does not answer at ${url} (${why}).`, 'Look at what runs there.');
  });
  const { status } = response;
  const actual = verdictOf(response, page);
  const decision = await target.decisionOf(trace);
  const failed = status < 500 ? '' : whoFailed(receiver, status, decision?.rule);
  const known = whoseCall(decision?.caller ?? '', caller);
  const as = target.triedAs?.(caller);
  const who = as === undefined ? '' : `; tried as ${as}`;
  const reason = `${decision?.reason ?? cell.reason}${known}${failed}${who}`;
  return { caller, receiver, expected, actual, status, reason };
}

async function tokenOf(target: Target, caller: string, audience: string): Promise<string | RefusedError> {
  return target.idToken(caller, audience).catch((error: unknown) => {
    if (error instanceof RefusedError) return error;
    throw error;
  });
}

/** Who shares the caller's account: the gate tells them apart no more than Cloud Run does. */
function whoseCall(known: string, caller: string): string {
  const callers = known.split(' or ');
  return callers.length > 1 && callers.includes(caller) ? `; the caller is ${known}, who run as the same account` : '';
}

/** What a gate let in: an error after it is the app's own. */
const LET_IN: ReadonlySet<string> = new Set(['invoker', 'public', 'iam-disabled']);

/** What to add to a reason that speaks of the gate alone. */
function whoFailed(receiver: string, status: number, rule: string | undefined): string {
  if (rule === undefined) return `; the app of ${receiver}, or what starts it, failed with ${status}: see its log`;
  return LET_IN.has(rule) ? `; the app of ${receiver} failed: it answered ${status} itself, and its log says why` : '';
}

/** UTF-16 units. The front end's own pages are far shorter. */
const LONGEST_PAGE = 64 * 1024;

async function ask(url: URL, headers: Record<string, string>): Promise<{ response: Response; page: string }> {
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { response, page: await readText(response, LONGEST_PAGE) };
}

/** The front end's own pages say who answered: the gate, or the app behind it. */
function verdictOf(response: Response, body: string): Tried['actual'] {
  const fromGate = /<h1>Error: (Forbidden|Unauthorized|Page not found)<\/h1>/.test(body);
  if (!fromGate) return response.status < 500 ? 'allowed' : 'unclear';
  return response.status === 403 ? 'forbidden' : 'unclear';
}
