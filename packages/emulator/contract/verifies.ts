import { test } from 'vitest';
import { type RequirementId, requirement } from './requirements.ts';

/**
 * A test that proves a fact of the manifest; where the emulator is known to differ it must fail.
 * @param timeout milliseconds, where vitest's own are too few
 */
export function verifies(id: RequirementId, what: string, body: () => Promise<void> | void, timeout?: number): void {
  const { mark, differs } = requirement(id);
  const name = `${id} [${mark}] ${what}${differs === undefined ? '' : ` (known difference: ${differs})`}`;
  const run = differs === undefined ? test : test.fails;
  run(name, { ...(timeout === undefined ? {} : { timeout }) }, body);
}
