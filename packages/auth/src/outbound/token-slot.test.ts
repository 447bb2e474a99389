import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CHANNELS } from '../diagnostics.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { mint, type SigningKey, signingKey } from '../testing/google.ts';
import { clearTokenCache, tokenSlot } from './token-cache.ts';
import { TokenSlot } from './token-slot.ts';

const AUDIENCE = 'https://search.example';
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const CLOCKS = ['Date', 'performance', 'setInterval', 'clearInterval'] as const;

let key: SigningKey;
beforeAll(async () => {
  key = await signingKey('k');
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: [...CLOCKS], now: START });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A source whose fetches the test answers one by one. */
function source() {
  const fetches: { resolve: (token: string) => void; reject: (error: Error) => void }[] = [];
  return {
    identity: 'test',
    fetches,
    fetchIdToken: (): Promise<string> => new Promise((resolve, reject) => void fetches.push({ resolve, reject })),
  };
}
const token = (lifeMs = 60 * MINUTE, claims: Record<string, unknown> = {}): Promise<string> =>
  mint(key, {
    aud: AUDIENCE,
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor((Date.now() + lifeMs) / 1000),
    ...claims,
  });
/** Lets time pass for all clocks, up to so long after the start. */
const at = (ms: number): void => {
  vi.advanceTimersByTime(START + ms - Date.now());
};
/** The same token with another protected header. */
const reheaded = (text: string, header: unknown): string =>
  text.replace(/^[^.]+/, Buffer.from(JSON.stringify(header)).toString('base64url'));
/** Lets what has been resolved take its course. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function warmSlot(lifeMs?: number) {
  const from = source();
  const slot = new TokenSlot(from, AUDIENCE);
  const first = slot.get(10_000);
  from.fetches[0]?.resolve(await token(lifeMs));
  await first;
  return { slot, from, first: await first };
}

describe('a token', () => {
  test('is fetched once for a thousand callers', async () => {
    const from = source();
    const slot = new TokenSlot(from, AUDIENCE);
    const callers = Array.from({ length: 1_000 }, () => slot.get(10_000));
    expect(from.fetches).toHaveLength(1);
    from.fetches[0]?.resolve(await token());
    expect(new Set((await Promise.all(callers)).map(({ bearer }) => bearer)).size).toBe(1);
    expect(from.fetches).toHaveLength(1);
  });

  test('comes by another fetch for all who wait when the first one hangs, whatever becomes of that', async () => {
    for (const end of ['resolve', 'reject'] as const) {
      const from = source();
      const slot = new TokenSlot(from, AUDIENCE);
      const early = slot.get(10_000);
      vi.advanceTimersByTime(999);
      const also = slot.get(10_000);
      expect(from.fetches).toHaveLength(1);
      vi.advanceTimersByTime(1);
      const callers = [early, also, ...Array.from({ length: 1_000 }, () => slot.get(10_000))];
      expect(from.fetches).toHaveLength(2);
      from.fetches[1]?.resolve(await token());
      const [first] = await Promise.all(callers);
      if (end === 'resolve') from.fetches[0]?.resolve(await token(30 * MINUTE));
      else from.fetches[0]?.reject(new Error('reset'));
      await settle();
      expect(slot.peek()).toBe(first);
      expect(from.fetches).toHaveLength(2);
    }
  });

  test('cannot be had when every fetch beside the first one fails, too', async () => {
    const from = source();
    const slot = new TokenSlot(from, AUDIENCE);
    const callers = [slot.get(10_000)];
    vi.advanceTimersByTime(1_000);
    callers.push(slot.get(10_000));
    const outcomes = Promise.allSettled(callers);
    from.fetches[1]?.reject(new Error('second'));
    await settle();
    expect(from.fetches).toHaveLength(2);
    from.fetches[0]?.reject(new Error('first'));
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'RUN_AUTH_TOKEN_FETCH_FAILED' } });
    const again = slot.get(10_000);
    await expect(again).rejects.toMatchObject({ message: expect.stringContaining('first') });
  });

  test('is at hand without a promise afterwards', async () => {
    const { slot, first } = await warmSlot();
    expect(slot.peek()).toBe(first);
    await expect(slot.get(10_000)).resolves.toBe(first);
  });

  test('is renewed in the background between 5 and 4 minutes before its end; nobody waits', async () => {
    const { slot, from, first } = await warmSlot();
    at(55 * MINUTE - 1_000);
    expect(slot.peek()).toBe(first);
    expect(from.fetches).toHaveLength(1);
    at(56 * MINUTE);
    for (let call = 0; call < 500; call += 1) expect(slot.peek()).toBe(first);
    expect(from.fetches).toHaveLength(2);
    from.fetches[1]?.resolve(await token());
    await settle();
    expect(slot.peek()?.expiresAt).toBe(START + 116 * MINUTE);
    expect(from.fetches).toHaveLength(2);
  });

  test('is renewed at different times by different instances', async () => {
    const dueAt = async (random: number): Promise<number> => {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      vi.useFakeTimers({ toFake: [...CLOCKS], now: START });
      const { slot, from } = await warmSlot();
      for (let second = 54 * 60; ; second += 1) {
        at(second * 1_000);
        slot.peek();
        if (from.fetches.length > 1) return second;
      }
    };
    expect([await dueAt(0), await dueAt(0.5), await dueAt(0.999)]).toEqual([3300, 3330, 3360]);
  });

  test('is not sent in its last seconds', async () => {
    const { slot, from } = await warmSlot();
    at(60 * MINUTE - 10_000);
    expect(slot.peek()).toBeUndefined();
    const waiting = slot.get(10_000);
    expect(from.fetches).toHaveLength(2);
    from.fetches[1]?.resolve(await token());
    await expect(waiting).resolves.toMatchObject({ expiresAt: Date.now() + 60 * MINUTE });
  });

  test('with little life left causes no loop', async () => {
    const { slot, from } = await warmSlot(60_000);
    for (let ms = 0; ms < 29_000; ms += 100) {
      at(ms);
      expect(slot.peek()).toBeDefined();
    }
    expect(from.fetches).toHaveLength(1);
  });

  test('that is the same as before, from a cache that turns over late, is asked for again when half of its rest is over', async () => {
    const { slot, from } = await warmSlot();
    const same = await token(0, { iat: START / 1000, exp: START / 1000 + 3600 });
    at(56 * MINUTE);
    slot.peek();
    from.fetches[1]?.resolve(same);
    await settle();
    at(57 * MINUTE);
    expect(slot.peek()).toBeDefined();
    expect(from.fetches).toHaveLength(2);
    at(58 * MINUTE);
    slot.peek();
    expect(from.fetches).toHaveLength(3);
  });
});

describe('while the source fails', () => {
  test('a valid token is served, and attempts become rarer', async () => {
    const { slot, from, first } = await warmSlot();
    let failed = 1;
    for (let ms = 56 * MINUTE; ms < 59 * MINUTE; ms += 100) {
      at(ms);
      expect(slot.peek()).toBe(first);
      if (from.fetches.length > failed) {
        from.fetches[failed]?.reject(new Error('down'));
        failed = from.fetches.length;
        await settle();
      }
    }
    expect(failed).toBeGreaterThan(8);
    expect(failed).toBeLessThan(30);
    from.fetches.length = 0;
    at(59 * MINUTE + 40_000);
    slot.peek();
    from.fetches[0]?.resolve(await token());
    await settle();
    expect(slot.peek()?.expiresAt).toBeGreaterThan(first.expiresAt);
  });

  test('without a token the error comes at once, from memory between attempts', async () => {
    const from = source();
    const slot = new TokenSlot(from, AUDIENCE);
    const failing = slot.get(10_000);
    from.fetches[0]?.reject(new Error('down'));
    await expect(failing).rejects.toMatchObject({ code: 'RUN_AUTH_TOKEN_FETCH_FAILED', audience: AUDIENCE });
    await expect(slot.get(10_000)).rejects.toMatchObject({ code: 'RUN_AUTH_TOKEN_FETCH_FAILED' });
    expect(from.fetches).toHaveLength(1);
    at(2_000);
    const again = slot.get(10_000);
    from.fetches[1]?.resolve(await token());
    await expect(again).resolves.toBeDefined();
  });

  test('what is thrown need not be an error', async () => {
    const slot = new TokenSlot({ identity: 'x', fetchIdToken: () => Promise.reject('no') }, AUDIENCE);
    await expect(slot.get(10_000)).rejects.toThrow(/: no\./);
  });

  test('a source that hangs is given up after the timeout', async () => {
    const slot = new TokenSlot(source(), AUDIENCE);
    await expect(slot.get(20)).rejects.toMatchObject({ code: 'RUN_AUTH_TOKEN_TIMEOUT' });
  });
});

test('a caller who joins a refresh that hangs waits no longer than it said', async () => {
  const { slot, from } = await warmSlot();
  at(56 * MINUTE);
  slot.peek();
  at(56 * MINUTE + 3_000);
  vi.setSystemTime(START + 60 * MINUTE);
  await expect(slot.get(20)).rejects.toMatchObject({ code: 'RUN_AUTH_TOKEN_TIMEOUT' });
  expect(from.fetches).toHaveLength(5);
});

describe('is refused on arrival', () => {
  test.each([
    ['an access token', 'RUN_AUTH_NOT_AN_ID_TOKEN', async () => 'ya29.a0Ae'],
    ['nothing', 'RUN_AUTH_NOT_AN_ID_TOKEN', async () => undefined],
    ['claims that are no JSON', 'RUN_AUTH_NOT_AN_ID_TOKEN', async () => 'YQ.YQ.YQ'],
    ['claims that are no text', 'RUN_AUTH_NOT_AN_ID_TOKEN', async () => '____.____.____'],
    [
      'claims that are null',
      'RUN_AUTH_NOT_AN_ID_TOKEN',
      async () => `YQ.${Buffer.from('null').toString('base64url')}.YQ`,
    ],
    ['a token for another audience', 'RUN_AUTH_TOKEN_UNUSABLE', () => token(MINUTE, { aud: 'https://other.example' })],
    ['an expired token', 'RUN_AUTH_TOKEN_UNUSABLE', () => token(-MINUTE)],
    ['a token without end', 'RUN_AUTH_TOKEN_UNUSABLE', () => token(MINUTE, { exp: undefined })],
    ['an end that is no time', 'RUN_AUTH_TOKEN_UNUSABLE', () => token(MINUTE, { exp: 1e300 })],
    ['an end that is text', 'RUN_AUTH_TOKEN_UNUSABLE', () => token(MINUTE, { exp: '9999999999' as never })],
    ['an end before its beginning', 'RUN_AUTH_TOKEN_UNUSABLE', () => token(MINUTE, { iat: START })],
    ['no audience', 'RUN_AUTH_TOKEN_UNUSABLE', () => token(MINUTE, { aud: undefined })],
    ['several audiences', 'RUN_AUTH_TOKEN_UNUSABLE', () => token(MINUTE, { aud: [AUDIENCE] })],
    ['a line break behind it', 'RUN_AUTH_NOT_AN_ID_TOKEN', async () => `${await token()}\n`],
    ['a line break and a header behind it', 'RUN_AUTH_NOT_AN_ID_TOKEN', async () => `${await token()}\r\nx-evil: 1`],
    ['a megabyte', 'RUN_AUTH_NOT_AN_ID_TOKEN', async () => `${await token()}${'x'.repeat(2 ** 20)}`],
    ['no text', 'RUN_AUTH_NOT_AN_ID_TOKEN', async () => ({ toString: () => 'a.b.c' }) as never],
    ['algorithm none', 'RUN_AUTH_TOKEN_UNUSABLE', async () => reheaded(await token(), { alg: 'none' })],
    ['a shared secret', 'RUN_AUTH_TOKEN_UNUSABLE', async () => reheaded(await token(), { alg: 'HS256' })],
    ['no algorithm', 'RUN_AUTH_TOKEN_UNUSABLE', async () => reheaded(await token(), {})],
    ['a header that is no JSON', 'RUN_AUTH_TOKEN_UNUSABLE', async () => (await token()).replace(/^[^.]+/, 'YQ')],
    [
      'a token that somebody received, without signature',
      'RUN_AUTH_TOKEN_UNUSABLE',
      async () => (await token()).replace(/[^.]+$/, SIGNATURE_REMOVED),
    ],
  ])('%s: %s', async (_what, code, make) => {
    const text = await make();
    const slot = new TokenSlot({ identity: 'x', fetchIdToken: async () => text as string }, AUDIENCE);
    await expect(slot.get(10_000)).rejects.toMatchObject({ code });
  });

  test.each([['ops\n$(reboot)@x'], ['\u001b[2J'], ['x'.repeat(300)], [7], ['a b']])(
    'and a name like %j stands in no message or command',
    async (email) => {
      const text = await token(MINUTE, { email });
      const slot = new TokenSlot({ identity: 'x', fetchIdToken: async () => text }, AUDIENCE);
      expect((await slot.get(10_000)).caller).toBe('1'.repeat(21));
    },
  );

  test('but not for saying little of itself', async () => {
    const text = await token(MINUTE, { iat: undefined, email: undefined, sub: undefined });
    const slot = new TokenSlot({ identity: 'x', fetchIdToken: async () => text }, AUDIENCE);
    await expect(slot.get(10_000)).resolves.toMatchObject({ caller: 'an unnamed caller', issuedAt: START });
  });
});

test('fetches, waits and failures are told on channels, without tokens', async () => {
  const events: [string | symbol, unknown][] = [];
  const listen = (event: unknown, name: string | symbol): unknown => events.push([name, event]);
  const names = [CHANNELS.tokenFetched, CHANNELS.tokenFailed, CHANNELS.tokenWaited];
  for (const name of names) subscribe(name, listen);
  const { slot, from } = await warmSlot();
  at(56 * MINUTE);
  slot.peek();
  from.fetches[1]?.reject(new Error('down'));
  await settle();
  for (const name of names) unsubscribe(name, listen);
  const about = { identity: 'test', audience: AUDIENCE };
  expect(events).toMatchObject([
    [CHANNELS.tokenFetched, { ...about, reason: 'cold', durationMs: 0, ageMs: 0, expiresAt: START + 60 * MINUTE }],
    [CHANNELS.tokenWaited, { ...about, durationMs: 0 }],
    [CHANNELS.tokenFailed, { ...about, reason: 'refresh', code: 'RUN_AUTH_TOKEN_FETCH_FAILED', servingStale: true }],
  ]);
  expect(JSON.stringify(events)).not.toContain('eyJ');
});

describe('the cache of the process', () => {
  const named = (identity: string) => ({ identity, fetchIdToken: () => token() });

  test('has one slot for each identity and audience', () => {
    clearTokenCache();
    expect(tokenSlot(named('a'), 'x')).toBe(tokenSlot(named('a'), 'x'));
    expect(tokenSlot(named('a'), 'x')).not.toBe(tokenSlot(named('b'), 'x'));
    expect(tokenSlot(named('a'), 'x')).not.toBe(tokenSlot(named('a'), 'y'));
  });

  test('is bounded, and forgets what was asked for longest ago', () => {
    clearTokenCache();
    const first = tokenSlot(named('a'), '0');
    const second = tokenSlot(named('a'), '1');
    for (let n = 2; n < 1_000; n += 1) tokenSlot(named('a'), String(n));
    expect(tokenSlot(named('a'), '0')).toBe(first);
    tokenSlot(named('a'), 'one more');
    expect(tokenSlot(named('a'), '0')).toBe(first);
    expect(tokenSlot(named('a'), '1')).not.toBe(second);
    clearTokenCache();
    expect(tokenSlot(named('a'), '0')).not.toBe(first);
  });
});
