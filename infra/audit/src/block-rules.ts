import { allBlocks, type Block } from './code-blocks.ts';

/**
 * What becomes of each block of code, by what stands behind its fence, which nobody sees who reads the page.
 *
 * - The blocks of a language are run by one test, which is given all of them, on whatever page: {@link byLanguage}.
 * - Some pages have a test of their own for a language: {@link byPage}.
 * - `text` is output, `mermaid` a picture.
 * - A second word, `stays`, marks what goes on until it is told to end: it is started, and ended when it has answered.
 * - A second word, `shown`, marks what no test can run; the comment before it says why: `<!-- not run: WHY -->`.
 *
 * `code-blocks.test.ts` refuses every other block with its page and line.
 */
export const byLanguage: Readonly<Record<string, string>> = {
  js: 'packages/e2e/src/pages/program.test.ts',
  ts: 'packages/e2e/src/pages/program.test.ts',
  'js stays': 'packages/e2e/src/pages/program.test.ts',
  'ts stays': 'packages/e2e/src/pages/program.test.ts',
  yaml: 'packages/e2e/src/pages/yaml.test.ts',
};

/** Page and language, and the test that runs those blocks in the place of the one above. */
export const byPage: readonly (readonly [page: string, info: string, test: string])[] = [
  ['docs/how-to/callers.md', 'js', 'packages/e2e/src/callers/recipes.test.ts'],
  ['packages/auth/README.md', 'ts', 'packages/auth/src/package.test.ts'],
];

export const output = new Set(['text', 'mermaid']);

export type Fate = { readonly test: string } | { readonly notRun: string } | 'output' | 'unknown';

/** What becomes of a block. */
export function fateOf({ page, info, notRun, open }: Block): Fate {
  if (open) return 'unknown';
  if (output.has(info)) return 'output';
  const [language = '', mark] = info.split(' ');
  if (mark === 'shown') return notRun === undefined ? 'unknown' : { notRun };
  const test = byPage.find((row) => row[0] === page && row[1] === info)?.[2] ?? byLanguage[info];
  return test === undefined || language === '' ? 'unknown' : { test };
}

/** The blocks that a test has to run. @param test its path from the root */
export function blocksFor(test: string): readonly Block[] {
  return allBlocks.filter((block) => {
    const fate = fateOf(block);
    return typeof fate === 'object' && 'test' in fate && fate.test === test;
  });
}
