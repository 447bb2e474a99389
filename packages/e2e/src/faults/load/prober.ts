import { ANONYMOUS, STRANGER } from '@run-edges/edges';
import { monotonic } from '../world/protocol.ts';
import type { World } from '../world/world.ts';

/** Where every service answers who came through its gate. */
export const PROBED = '/health/live';
const CALLERS = [ANONYMOUS, 'login', 'user-profiles', 'search', STRANGER] as const;
const RECEIVERS = ['user-profiles', 'search'] as const;

export interface Probe {
  readonly what: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly verdict: 'right' | 'wrongly allowed' | 'wrongly refused';
}

/**
 * Tries every edge of the private services, with tokens that are good whatever faults are on, and tokens that never are.
 * A gate that lets a call pass answers what the service answers, or 5xx when it does not; so whatever is neither 401, 403
 * nor silence has been let in.
 */
export async function* probe(world: World, signal: AbortSignal): AsyncGenerator<Probe> {
  for (const receiver of RECEIVERS) {
    for (const caller of CALLERS) {
      if (signal.aborted) return;
      const token = caller === ANONYMOUS ? undefined : await world.ask({ do: 'token', caller, receiver });
      const from = monotonic();
      const status = await call(world.urls[receiver], token, signal);
      const expected = world.policy.expected(caller, receiver, from, monotonic());
      yield { what: `${caller} -> ${receiver}`, status, verdict: judge(status, expected) };
      for (const [how, bad] of token === undefined ? [] : await spoiled(world, token, receiver)) {
        const status = await call(world.urls[receiver], bad, signal);
        yield { what: `${caller} -> ${receiver} with ${how}`, status, verdict: judge(status, 'refused') };
      }
    }
  }
}

export function judge(status: number | undefined, expected: 'allowed' | 'refused' | 'either'): Probe['verdict'] {
  const refused = status === 401 || status === 403;
  if (status === undefined || expected === 'either' || refused === (expected === 'refused')) return 'right';
  return refused ? 'wrongly refused' : 'wrongly allowed';
}

/** What nobody may come in with, whoever they are. */
async function spoiled(world: World, token: string, receiver: (typeof RECEIVERS)[number]): Promise<[string, string][]> {
  const [head, claims, signature = ''] = token.split('.');
  const other = receiver === 'search' ? 'user-profiles' : 'search';
  const elsewhere = (await world.ask({ do: 'token', caller: 'login', receiver: other })) ?? '';
  return [
    ['a changed signature', `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
    ['no signature', `${head}.${claims}.`],
    ['a consumed token', `${head}.${claims}.SIGNATURE_REMOVED_BY_GOOGLE`],
    ['a token for another service', elsewhere],
  ];
}

async function call(url: string, token: string | undefined, signal: AbortSignal): Promise<number | undefined> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(`${url}${PROBED}`, {
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
