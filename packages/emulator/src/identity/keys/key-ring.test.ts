import { expect, test } from 'vitest';
import { createKeyRing } from './key-ring.ts';

/** A ring, and its two clocks in seconds. */
async function ring() {
  const clock = { wall: 1_700_000_000, passed: 0 };
  const options = { now: () => clock.wall, elapsed: () => clock.passed * 1000 };
  return { clock, options, keys: await createKeyRing(options) };
}

test('a key that signed stays for two hours, which no clock prolongs or cuts', async () => {
  const { clock, keys } = await ring();
  await keys.rotate();
  for (const wall of [-7200, 7200, 1e6]) {
    clock.wall += wall;
    clock.passed += 2000;
    expect(keys.published()).toHaveLength(3);
  }
  clock.passed += 1200;
  expect(keys.published()).toHaveLength(2);
});

test('over a restart it stays for what is left of them', async () => {
  const { clock, options, keys } = await ring();
  const { kid } = keys.current();
  await keys.rotate();
  clock.wall += 3600;
  clock.passed += 3600;
  const saved = await keys.save();
  clock.passed = 50;
  const again = await createKeyRing({ ...options, saved });
  expect(again.find(kid)).toBeDefined();
  clock.passed += 3599;
  expect(again.find(kid)).toBeDefined();
  clock.passed += 1;
  expect(again.find(kid)).toBeUndefined();
});

test('over a restart with a clock that was set back it stays for two hours, and no longer', async () => {
  const { clock, options, keys } = await ring();
  const { kid } = keys.current();
  await keys.rotate();
  const saved = await keys.save();
  clock.wall -= 86_400;
  const again = await createKeyRing({ ...options, saved });
  clock.passed += 7199;
  expect(again.find(kid)).toBeDefined();
  clock.passed += 1;
  expect(again.find(kid)).toBeUndefined();
});
