import { constants } from 'node:os';
import { readArguments } from './command-line.ts';
import { benchNames, loadBench } from './find-benches.ts';
import type { Row } from './measure/row.ts';
import { describeMachine } from './report/machine.ts';
import { createProgress } from './report/progress.ts';
import { renderTables } from './report/table.ts';
import { runBench } from './run-bench.ts';

const names = benchNames();
const { json, only } = readArguments(process.argv.slice(2), names);

const progress = createProgress(process.stderr);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    interruption.abort(new Error(signal));
  });

const rows: Row[] = [];
try {
  for (const name of only === undefined ? names : [only]) {
    const bench = await loadBench(name);
    const notes: string[] = [];
    const measured = await runBench(name, bench, progress, (line) => notes.push(line), interruption.signal);
    progress('');
    rows.push(...measured);
    if (!json) process.stdout.write(`${renderTables(bench.title, measured)}\n`);
    for (const line of notes) (json ? process.stderr : process.stdout).write(`${line}\n`);
    if (!json) process.stdout.write('\n');
  }
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else process.stdout.write(`${describeMachine()}\n`);
} catch (error) {
  progress('');
  if (!interruption.signal.aborted) {
    process.stderr.write(`run-edges bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
