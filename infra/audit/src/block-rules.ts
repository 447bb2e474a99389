import { allBlocks, type Block } from './code-blocks.ts';

/**
 * What becomes of each block of code, by what stands behind its fence, which nobody sees who reads the page.
 *
 * - The blocks of a language are run by one test, which is given all of them, on whatever page: {@link byLanguage}.
 * - Some pages have a test of their own for a language: {@link byPage}.
 * - `text` is output, compared with what the commands above it print; `text example` and `text google` is output of
 *   another day, and of Google alone, and `mermaid` a picture. `ts signature` is what the compiler writes of an export,
 *   compared with what it writes today.
 * - A second word `stays` marks what goes on until it is told to end: it is started, and ended when the page is through.
 * - A second word `shown` marks what no test can run, and `google` what needs a project at Google. The comment before it
 *   says why: `<!-- not run: WHY -->`.
 *
 * `code-blocks.test.ts` refuses every other block with its page and line.
 */
export const byLanguage: Readonly<Record<string, string>> = {
  js: 'packages/e2e/src/pages/program.test.ts',
  sh: 'packages/e2e/src/pages/commands.test.ts',
  ts: 'packages/e2e/src/pages/program.test.ts',
  yaml: 'packages/e2e/src/pages/yaml.test.ts',
};

const CLONE = 'packages/e2e/src/pages/clone.test.ts';
const GCLOUD = 'packages/e2e/src/pages/gcloud.test.ts';
const RECIPES = 'packages/e2e/src/take-home/recipes.test.ts';

/** Page and language, and the test that runs those blocks in the place of the one above. */
export const byPage: readonly (readonly [page: string, language: string, test: string])[] = [
  ['apps/user-profiles/README.md', 'sh', 'packages/e2e/src/storage/rebuild.test.ts'],
  ['README.md', 'sh', CLONE],
  ['docs/how-to/callers.md', 'js', 'packages/e2e/src/callers/recipes.test.ts'],
  ['docs/how-to/clients/README.md', 'sh', GCLOUD],
  ['docs/how-to/deploy-from-github.md', 'sh', GCLOUD],
  ['docs/how-to/exec.md', 'sh', 'packages/e2e/src/take-home/exec-page.test.ts'],
  ['docs/how-to/import.md', 'sh', GCLOUD],
  ['docs/how-to/key.md', 'sh', GCLOUD],
  ['docs/how-to/production-addresses.md', 'sh', GCLOUD],
  ['docs/how-to/senders.md', 'sh', GCLOUD],
  ['docs/how-to/verify.md', 'sh', GCLOUD],
  ['docs/recipes/go/README.md', 'sh', RECIPES],
  ['docs/recipes/jest/README.md', 'sh', RECIPES],
  ['docs/recipes/junit/README.md', 'sh', RECIPES],
  ['docs/recipes/node-test/README.md', 'sh', RECIPES],
  ['docs/recipes/pytest/README.md', 'sh', RECIPES],
  ['docs/recipes/testcontainers/README.md', 'sh', 'packages/e2e/src/compose/run-edges-image.test.ts'],
  ['docs/recipes/vitest/README.md', 'sh', RECIPES],
  ['docs/tutorial.md', 'sh', 'packages/e2e/src/deployment/tutorial.test.ts'],
  ['infra/suites/README.md', 'sh', CLONE],
  ['docs/how-to/exec.md', 'sh', 'packages/e2e/src/take-home/exec-page.test.ts'],
  ['docs/recipes/pytest/README.md', 'sh', 'packages/e2e/src/take-home/recipes.test.ts'],
  ['docs/recipes/go/README.md', 'sh', 'packages/e2e/src/take-home/recipes.test.ts'],
  ['docs/recipes/junit/README.md', 'sh', 'packages/e2e/src/take-home/recipes.test.ts'],
  ['docs/recipes/vitest/README.md', 'sh', 'packages/e2e/src/take-home/recipes.test.ts'],
  ['docs/recipes/node-test/README.md', 'sh', 'packages/e2e/src/take-home/recipes.test.ts'],
  ['docs/recipes/jest/README.md', 'sh', 'packages/e2e/src/take-home/recipes.test.ts'],
  ['packages/auth/README.md', 'ts', 'packages/auth/src/package.test.ts'],
  ['packages/emulator/README.md', 'sh', GCLOUD],
];

const pictures = new Set(['mermaid', 'text', 'text example', 'text google', 'ts signature']);
const mayStay = new Set(['js', 'sh', 'ts']);
const notRunMarks = new Set(['google', 'shown']);

export type Fate = { readonly test: string } | { readonly notRun: string } | 'output' | 'unknown';

/** What becomes of a block. */
export function fateOf({ page, info, notRun, open }: Block): Fate {
  if (open) return 'unknown';
  if (pictures.has(info)) return 'output';
  const [language = '', mark] = info.split(' ');
  if (notRunMarks.has(mark ?? '') && Object.hasOwn(byLanguage, language))
    return notRun === undefined ? 'unknown' : { notRun };
  if (mark !== undefined && info !== `${language} stays`) return 'unknown';
  if (mark === 'stays' && !mayStay.has(language)) return 'unknown';
  const own = byPage.find((row) => row[0] === page && row[1] === language)?.[2];
  const test = own ?? (Object.hasOwn(byLanguage, language) ? byLanguage[language] : undefined);
  return test === undefined ? 'unknown' : { test };
}

/** The blocks that a test has to run. @param test its path from the root */
export function blocksFor(test: string): readonly Block[] {
  return allBlocks.filter((block) => {
    const fate = fateOf(block);
    return typeof fate === 'object' && 'test' in fate && fate.test === test;
  });
}
