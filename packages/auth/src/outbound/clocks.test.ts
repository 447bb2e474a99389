import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { mint, signingKey } from '../testing/google.ts';
import { readIdToken } from './id-token.ts';
import { TokenSlot } from './token-slot.ts';

const AUDIENCE = 'https://search.example';
const START = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const key = await signingKey('k');

afterEach(() => void vi.useRealTimers());

/** A machine whose clock on the wall is wrong by so much when the process begins, and Google, whose clock is right. */
function machine(wrongBy = 0) {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: START + wrongBy });
  const state = { truth: START, fetches: 0, isDown: false, ageMs: 0 };
  const underWay = new Set<Promise<unknown>>();
  const fetchIdToken = (): Promise<string> => {
    const fetched = answer();
    underWay.add(fetched);
    return fetched;
  };
  const slot = new TokenSlot({ identity: 'test', fetchIdToken }, AUDIENCE);
  async function answer(): Promise<string> {
    state.fetches += 1;
    if (state.isDown) throw new Error('down');
    const iat = Math.floor((state.truth - state.ageMs) / 1000);
    return mint(key, { aud: AUDIENCE, iat, exp: iat + 3600 });
  }
  return {
    state,
    slot,
    /** Time passes. */
    pass(ms: number): void {
      state.truth += ms;
      vi.advanceTimersByTime(ms);
    },
    /** Somebody sets the clock on the wall. */
    step: (ms: number): unknown => vi.setSystemTime(Date.now() + ms),
    get: () => slot.get(10_000),
    /** What is being fetched has come: signing takes real time, while the clocks stand. */
    settle: async (): Promise<void> => {
      await Promise.allSettled(underWay);
      underWay.clear();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const STEPS = [30 * MINUTE, 2 * HOUR, 24 * HOUR, 400 * 24 * HOUR].flatMap((ms) => [ms, -ms]);

describe.each(STEPS)('a clock that is set by %i ms', (by) => {
  test('leaves a remembered error a second, no more', async () => {
    const { state, step, pass, get } = machine();
    state.isDown = true;
    for (let failures = 0; failures < 8; failures += 1) {
      await get().catch(() => {});
      pass(SECOND);
    }
    await get().catch(() => {});
    step(by);
    state.isDown = false;
    pass(SECOND);
    await expect(get()).resolves.toBeDefined();
  });

  test('makes no token last longer', async () => {
    const { step, pass, get, slot } = machine();
    await get();
    step(by);
    pass(HOUR);
    expect(slot.peek()).toBeUndefined();
  });

  test('leaves the renewal where it was, or makes it come at once', async () => {
    const { state, step, pass, get, slot, settle } = machine();
    await get();
    step(by);
    pass(56 * MINUTE);
    slot.peek();
    if (by > 0) await get();
    await settle();
    expect(state.fetches).toBe(2);
    expect(slot.peek()).toBeDefined();
  });

  test('keeps no attempt back that is due', async () => {
    const { state, step, pass, get, slot, settle } = machine();
    await get();
    pass(56 * MINUTE);
    state.isDown = true;
    slot.peek();
    await settle();
    step(by);
    state.isDown = false;
    pass(31 * SECOND);
    await get();
    await settle();
    expect(state.fetches).toBe(3);
    expect(slot.peek()).toBeDefined();
  });

  test('costs one fetch, though the new token looks expired, or issued in the future', async () => {
    const { state, step, get, slot, pass } = machine();
    await get();
    step(by);
    await get();
    for (let second = 0; second < 600; second += 1) {
      pass(SECOND);
      expect(slot.peek()).toBeDefined();
    }
    expect(state.fetches).toBeLessThanOrEqual(2);
  });

  test('and that was wrong when the process began, works when it is right again', async () => {
    const { step, pass, get } = machine(by);
    await get().catch(() => {});
    step(-by);
    pass(SECOND);
    await expect(get()).resolves.toBeDefined();
  });
});

test('a clock that is behind from the beginning to the end keeps nothing from working', async () => {
  const { get, pass, slot } = machine(-5 * HOUR);
  await get();
  pass(HOUR);
  expect(slot.peek()).toBeUndefined();
  await expect(get()).resolves.toBeDefined();
});

test('a clock that is ahead of every token from the beginning is told', async () => {
  const { get } = machine(2 * HOUR);
  await expect(get()).rejects.toMatchObject({
    code: 'RUN_AUTH_TOKEN_UNUSABLE',
    message: expect.stringContaining("this machine's clock says 2026-01-01T02:00:00.000Z"),
  });
});

test('a machine that slept, whose monotonic clock stood, does not use what ended meanwhile', async () => {
  const { get, step, state, slot } = machine();
  await get();
  // Asleep: the wall goes on, and so does the truth.
  step(3 * HOUR);
  state.truth += 3 * HOUR;
  expect(slot.peek()).toBeUndefined();
  expect((await get()).expiresAt).toBeGreaterThan(state.truth);
});

test('a token is used no longer than it was issued for, whatever the clock says', async () => {
  machine(-10 * HOUR);
  const iat = START / 1000;
  const life = async (claims: Record<string, unknown>): Promise<number> =>
    readIdToken(await mint(key, { aud: AUDIENCE, iat, exp: iat + 3600, ...claims }), AUDIENCE).lifeMs;
  expect(await life({})).toBe(HOUR);
  expect(await life({ iat: undefined })).toBe(11 * HOUR);
  expect(await life({ iat: undefined, exp: iat + 90 * 86_400 })).toBe(24 * HOUR);
  expect(await life({ exp: iat + 90 * 86_400 })).toBe(24 * HOUR);
});

test('steps in any order: a call has a token, none that has ended, and fetches stay few', async () => {
  const minutes = (min: number, max: number) => fc.integer({ min: min * MINUTE, max: max * MINUTE });
  const event = fc.oneof(
    fc.record({ pass: minutes(0, 20) }),
    fc.record({ step: minutes(-3000, 3000) }),
    fc.record({ cachedFor: minutes(0, 50) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      const { state, step, pass, get, settle } = machine();
      for (const one of events) {
        if ('pass' in one) pass(one.pass);
        else if ('step' in one) step(one.step);
        else state.ageMs = one.cachedFor;
        const token = await get();
        expect(token.expiresAt).toBeGreaterThan(state.truth);
        await settle();
      }
      expect(state.fetches).toBeLessThanOrEqual(1 + 3 * events.length);
    }),
    { numRuns: 60 },
  );
});
