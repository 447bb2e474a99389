import { test } from 'vitest';
import { type RequirementId, requirements } from './requirements.ts';

/** A test that proves a fact of the manifest. @param timeout milliseconds, where vitest's own are too few */
export function verifies(id: RequirementId, what: string, body: () => Promise<void> | void, timeout?: number): void {
  test(`${id} [${requirements[id].mark}] ${what}`, { ...(timeout === undefined ? {} : { timeout }) }, body);
}
