import { readArguments } from './command-line.ts';
import { run, runBeside } from './run.ts';
import { checks, leftOut, suites } from './suites.ts';

const { all } = readArguments(process.argv.slice(2));

const codes = await Promise.all(checks.map(runBeside));
process.exitCode = codes.find((code) => code !== 0) ?? 0;
for (const suite of suites(all)) {
  if (process.exitCode !== 0) break;
  process.exitCode = await run(suite);
}
if (!all && process.exitCode === 0) console.log(leftOut());
