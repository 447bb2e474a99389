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
      const begin = elapsed();
      let before = begin;
      for (const [index, change] of steps.entries()) {
        real += change.real;
        clock += change.clock;
        const now = elapsed();
        expect(now - before).toBeGreaterThanOrEqual(change.real);
        if (index === 0 && change.clock >= 0) expect(now - begin).toBe(Math.max(change.real, change.clock * 1000));
        before = now;
      }
    }),
  );
});

test('a clock that stands still and is moved by hand tells seconds exactly', () => {
  let clock = 1000;
  const elapsed = elapsedBeside(() => clock);
  const begin = elapsed();
  clock += 120;
  expect(elapsed() - begin).toBeGreaterThanOrEqual(120_000);
  expect(elapsed() - begin).toBeLessThan(121_000);
});
