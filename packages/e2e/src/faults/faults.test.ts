import { NoPostgresError } from '@run-edges/service/testing/postgres-server';
import { afterAll, expect, test } from 'vitest';
import { apps } from './families/apps.ts';
import { clocks } from './families/clocks.ts';
import { postgres, sqlite } from './families/database.ts';
import { descriptors } from './families/descriptors.ts';
import { disk } from './families/disk.ts';
import { keys } from './families/keys.ts';
import { metadata } from './families/metadata.ts';
import { policy } from './families/policy.ts';
import type { Family } from './fault.ts';
import type { Entry } from './ledger.ts';
import { line, reportedRows, type Skipped, writeReport } from './report.ts';
import { runFault } from './run-fault.ts';
import { type Setting, startSetting } from './setting.ts';

/** With RUN_EDGES_FAULTS=1 every fault, for 5 s, and docs/explanation/reliability.md is written; else some, for a second. */
const LONG = process.env.RUN_EDGES_FAULTS === '1';
const LASTS_MS = LONG ? 5_000 : 1_000;
/** A part of a fault's name, or of its family's: only those. */
const ONLY = process.env.RUN_EDGES_FAULTS_ONLY;

const families: readonly Family[] = [apps, metadata, keys, policy, clocks, disk, descriptors, sqlite, postgres];
const rows = families.flatMap((family) =>
  family.faults.map((fault) => ({ family, fault, row: `${family.name}: ${fault.name}` })),
);
const chosen = rows.filter(({ fault, row }) => (ONLY === undefined ? LONG || fault.short : row.includes(ONLY)));
const entries: (Entry | Skipped)[] = [];

/** One system for all faults, as long as it survives them. */
let current: Setting | undefined;

afterAll(async () => {
  await current?.[Symbol.asyncDispose]();
  if (LONG && ONLY === undefined) writeReport(entries);
});

// Processes are found, limited and stopped as Linux has it.
test.skipIf(process.platform !== 'linux').each(chosen)('$row', { timeout: 240_000 }, async ({ family, fault, row }) => {
  const setting = await settingFor(family);
  if (typeof setting === 'string') {
    entries.push({ family: family.name, fault: fault.name, skipped: setting });
    console.info(`${row}: not tried: ${setting}`);
    return;
  }
  // What does not survive a fault is no place for the next one.
  current = undefined;
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.use(setting);
  const entry = await runFault(setting, family.name, fault, LASTS_MS);
  entries.push(entry);
  console.info(line(entry));
  expect(entry).toMatchObject({ wronglyAllowed: [], wronglyRefused: [], lost: [], seconds: expect.any(Number) });
  cleanUp.move();
  current = setting;
});

/** A system that works, or why this machine has none. */
async function settingFor({ on, possible = () => true }: Family): Promise<Setting | string> {
  const can = possible();
  if (can !== true) return can;
  if (current?.on === on) return current;
  await current?.[Symbol.asyncDispose]();
  current = undefined;
  return startSetting(on).catch((error: Error) => {
    if (error instanceof NoPostgresError) return error.message;
    throw error;
  });
}

// The long form writes it, at its end.
test.skipIf(LONG)('docs/explanation/reliability.md has a row for every fault, and no other', () => {
  expect(reportedRows()).toEqual(rows.map(({ row }) => row));
});
