import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { elapsedBeside } from './elapsed.ts';

test('time that passes goes on at least as the true one does, whatever the clock is set to', () => {
  const passed = vi.spyOn(performance, 'now');
  onTestFinished(() => passed.mockRestore());
  const step = fc.record({ real: fc.nat({ max: 5000 }), clock: fc.integer({ min: -7200, max: 7200 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), (steps) => {
      let real = 1_000_000;
      let clock = 1_700_000_000;
      passed.mockImplementation(() => real);
      const elapsed = elapsedBeside(() => clock);
      let before = elapsed();
      for (const change of steps) {
        real += change.real;
        clock += change.clock;
        const now = elapsed();
        if (change.clock * 1000 - change.real >= 1000) expect(now - before).toBe(change.clock * 1000);
        else expect(now - before).toBe(change.real);
        before = now;
      }
    }),
  );
});

test('a clock that stands still and is moved by hand tells seconds, however often it is asked', () => {
  let clock = 1000;
  const elapsed = elapsedBeside(() => clock);
  const begin = elapsed();
  for (let time = 0; time < 100; time++) elapsed();
  clock += 120;
  expect(elapsed() - begin).toBeGreaterThanOrEqual(120_000);
  expect(elapsed() - begin).toBeLessThan(121_000);
});

test('a clock that tells whole seconds is no faster than the true one', () => {
  const passed = vi.spyOn(performance, 'now');
  onTestFinished(() => passed.mockRestore());
  let real = 0;
  passed.mockImplementation(() => real);
  const elapsed = elapsedBeside(() => Math.floor(real / 1000));
  const begin = elapsed();
  for (real = 0; real < 60_000; real += 70) elapsed();
  expect(elapsed() - begin).toBeCloseTo(real, 3);
});
