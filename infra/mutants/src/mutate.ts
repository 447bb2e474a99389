import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MutantResult } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { describeMutant, type Mutant } from './mutant.ts';
import type { Place } from './sample.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Breaks a file in every way that Stryker knows, one at a time, and runs the tests against each.
 * @param places the lines to break; all when undefined
 */
export async function mutate(file: string, tests: readonly string[], places?: readonly Place[]): Promise<Mutant[]> {
  process.env.RUN_EDGES_MUTANTS_TESTS = JSON.stringify(tests);
  const results = await new Stryker({
    mutate: places === undefined ? [file] : places.map(({ from, to }) => `${file}:${from}-${to}`),
    testRunner: 'vitest',
    plugins: [import.meta.resolve('@stryker-mutator/vitest-runner'), import.meta.resolve('./texts.ts')],
    vitest: { configFile: 'infra/mutants/vitest.config.ts', related: false },
    ignorers: ['texts'],
    ignorePatterns: ['/shared', '/docs', '/apps', '**/dist'],
    tempDirName: 'infra/mutants/.stryker-tmp',
    // Not by test: what is remembered is made in one test and met in another.
    coverageAnalysis: 'all',
    concurrency: 1,
    reporters: [],
    logLevel: 'error',
    // What waits for a slow machine is not endless; endless loops are counted and cut before.
    timeoutMS: 30_000,
    allowEmpty: true,
  } as never).runMutationTest();
  const source = readFileSync(join(root, file), 'utf8');
  return results.filter(({ status }) => status !== 'Ignored').map((result) => toMutant(result, file, source));
}

function toMutant({ status, location, replacement = '' }: MutantResult, file: string, source: string): Mutant {
  // What ends with an error outside of a test, or never ends, was noticed.
  const alive = status === 'Survived' || status === 'NoCoverage';
  return { file, line: location.start.line, alive, ...describeMutant(source, location, replacement) };
}
