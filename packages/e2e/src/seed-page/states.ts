import { test } from 'vitest';
import { type StatementId, titleOf } from './statements.ts';

/** A bound for what hangs: some of it starts gcloud or Java several times. Milliseconds. */
const STATEMENT_MS = 240_000;

/** The test that runs a statement of the page. @param timeout milliseconds */
export function states(id: StatementId, body: () => Promise<void> | void, timeout: number = STATEMENT_MS): void {
  test(titleOf(id), { timeout }, body);
}
