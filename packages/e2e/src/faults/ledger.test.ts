import { expect, test } from 'vitest';
import { openLedger } from './ledger.ts';
import { judge } from './load/prober.ts';
import { startingPolicy } from './world/policy.ts';
import { monotonic, type Seen } from './world/protocol.ts';
import type { World } from './world/world.ts';

/** A ledger that is told of decisions by hand. */
function ledger(spoilsTokens = false) {
  const policy = startingPolicy();
  let tell: (seen: Seen) => void = () => undefined;
  const onSeen = (listener: typeof tell) => {
    tell = listener;
  };
  const world = { policy, onSeen } as unknown as World;
  const opened = openLedger(world);
  const period = { spoilsTokens, begun: monotonic() - 60_000, recovered: Number.POSITIVE_INFINITY };
  opened.open(period);
  const seen = (caller: string, receiver: string, status: number, rule: string) =>
    tell({ at: monotonic(), caller, receiver, path: '/me', status, rule, reason: '' });
  const wrong = () => {
    const { wronglyAllowed, wronglyRefused } = opened.counts();
    return [wronglyAllowed.length, wronglyRefused.length];
  };
  return { policy, period, seen, wrong };
}

test.each([
  ['login', 'user-profiles', 200, 'invoker', [0, 0]],
  ['login', 'user-profiles', 503, 'no-instance', [0, 0]],
  ['login', 'user-profiles', 403, 'not-an-invoker', [0, 1]],
  ['anonymous', 'user-profiles', 401, 'unknown-key', [0, 1]],
  ['login', 'user-profiles', 401, 'invoker', [0, 1]],
  ['login', 'search', 403, 'not-an-invoker', [0, 0]],
  ['login', 'search', 200, 'invoker', [1, 0]],
  ['stranger', 'search', 404, 'invoker', [1, 0]],
  ['stranger', 'search', 503, 'no-instance', [1, 0]],
] as const)('%s -> %s, %i by %s: %j wrongly allowed and refused', (caller, receiver, status, rule, expected) => {
  const { seen, wrong } = ledger();
  seen(caller, receiver, status, rule);
  expect(wrong()).toEqual(expected);
});

test('a 401 is right while nobody can have a good token, and no longer; a 403 never is', () => {
  const { seen, wrong, period } = ledger(true);
  seen('anonymous', 'user-profiles', 401, 'unknown-key');
  expect(wrong()).toEqual([0, 0]);
  seen('login', 'user-profiles', 403, 'not-an-invoker');
  expect(wrong()).toEqual([0, 1]);
  period.recovered = monotonic() - 1;
  seen('anonymous', 'user-profiles', 401, 'unknown-key');
  expect(wrong()).toEqual([0, 2]);
});

test('while a change of the policy is on its way either verdict is right, then the new one alone', () => {
  const policy = startingPolicy();
  const now = monotonic();
  const expected = (from: number, to: number) => policy.expected('login', 'user-profiles', from, to);
  expect(expected(now, now + 1)).toBe('allowed');
  const acknowledged = policy.change('login', 'user-profiles', false, 100);
  expect(expected(now - 10, now - 5)).toBe('allowed');
  expect(expected(now + 1e9, now + 2e9)).toBe('either');
  acknowledged();
  const after = monotonic();
  expect([expected(after, after + 1), expected(after + 101, after + 102)]).toEqual(['either', 'refused']);
  expect(policy.expected('login', 'search', after, after + 1)).toBe('refused');
  policy.change('login', 'user-profiles', true, 0)();
  expect(expected(after + 200, after + 201)).toBe('allowed');
});

test.each([
  [200, 'allowed', 'right'],
  [403, 'allowed', 'wrongly refused'],
  [undefined, 'allowed', 'right'],
  [403, 'refused', 'right'],
  [401, 'refused', 'right'],
  [undefined, 'refused', 'right'],
  [200, 'refused', 'wrongly allowed'],
  [404, 'refused', 'wrongly allowed'],
  [503, 'refused', 'wrongly allowed'],
  [200, 'either', 'right'],
] as const)('a probe that is answered %s where %s is due is %s', (status, expected, verdict) => {
  expect(judge(status, expected)).toBe(verdict);
});
