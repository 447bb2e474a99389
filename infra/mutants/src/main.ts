import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from './command-line.ts';
import { isListed, killedAfterAll, neverMet, readEquivalents } from './equivalent.ts';
import type { Mutant } from './mutant.ts';
import { mutate, root } from './mutate.ts';
import { renderAlive, renderStale, renderTable } from './report.ts';
import { codeLines, pick } from './sample.ts';
import { proved, targets } from './targets.ts';

const { only, sample, seed } = readArguments(process.argv.slice(2), Object.keys(targets));
process.chdir(root);

const chosen = Object.entries(targets).filter(([file]) => only.length === 0 || only.includes(file));
const isDrawn = ([file]: readonly [string, unknown]) => only.length > 0 || proved.includes(file);
const drawn = sample === undefined ? chosen : pick(chosen.filter(isDrawn), sample, `${seed}`);
if (sample !== undefined) console.log(`A sample: ${sample} files, ${sample} lines of each; --seed ${seed}`);

const equivalents = readEquivalents();
const mutants: Mutant[] = [];
for (const [file, tests] of drawn) {
  const places = sample && pick(codeLines(readFileSync(join(root, file), 'utf8')), sample, `${seed} ${file}`);
  const made = await mutate(file, tests, places || undefined);
  mutants.push(...made);
  for (const mutant of made) if (mutant.alive && !isListed(mutant, equivalents)) console.log(renderAlive(mutant));
}

const killed = killedAfterAll(equivalents, mutants);
const gone = sample === undefined ? neverMet(equivalents, mutants) : [];
for (const one of killed) console.log(renderStale('a test kills it: it is not equivalent', one));
for (const one of gone) console.log(renderStale('there is no such mutant any more', one));
console.log(renderTable(mutants, equivalents));
const alive = mutants.some((mutant) => mutant.alive && !isListed(mutant, equivalents));
if (alive || killed.length > 0 || gone.length > 0) process.exitCode = 1;
