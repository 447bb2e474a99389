import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { byLanguage, byPage, fateOf } from './block-rules.ts';
import { allBlocks, blocksOf } from './code-blocks.ts';
import { root } from './pnpm.ts';

const fates = allBlocks.map((block) => ({ ...block, fate: fateOf(block) }));

test('every code block of every page is run by a test, or marked', () => {
  const unknown = fates.filter(({ fate }) => fate === 'unknown');
  expect(unknown.map(({ page, line, info }) => `${page}:${line}: \`\`\`${info}`)).toEqual([]);
});

test('a test that blocks are given to is there, and asks for them', () => {
  for (const test of [...Object.values(byLanguage), ...byPage.map((row) => row[2])]) {
    expect(existsSync(join(root, test)), test).toBe(true);
    const source = readFileSync(join(root, test), 'utf8');
    const pages = byPage.filter((row) => row[2] === test).map(([page]) => page.split('/').at(-1) ?? '');
    const asks =
      /(?:blocks|pages)For\('(.+?)'\)/.exec(source)?.[1] === test ||
      (pages.length > 0 && pages.every((p) => source.includes(p)));
    expect(asks, `${test} does not ask for its blocks`).toBe(true);
  }
});

test('a page that has a test of its own has such blocks', () => {
  for (const [page, language] of byPage)
    expect(
      allBlocks.some((block) => block.page === page && block.info.split(' ')[0] === language),
      `${page} ${language}`,
    ).toBe(true);
});

test('of ten blocks no more than one is only shown', () => {
  const shown = fates.filter(({ info }) => info.endsWith(' shown'));
  expect(shown.length).toBeLessThanOrEqual(allBlocks.length / 10);
});

const fate = (markdown: string) => blocksOf('a.md', markdown).map(fateOf);

test.each([
  ['no language', '```\nls\n```'],
  ['a language that nothing runs', '```cobol\nSTOP RUN.\n```'],
  ['a mark that there is not', '```sh later\nls\n```'],
  ['shown, without a reason', '```sh shown\nls\n```'],
  ['shown, with a reason elsewhere', '<!-- not run: it is long -->\n\nA sentence.\n\n```sh shown\nls\n```'],
  ['output with a mark', '```text shown\nls\n```'],
  ['in a list', '1. First:\n\n   ```\n   ls\n   ```'],
  ['by tildes', '~~~\nls\n~~~'],
  ['never closed', '```yaml\nservices: {}\n'],
])('refused: %s', (_, markdown) => {
  expect(fate(markdown)).toEqual(['unknown']);
});

test('a reason is that of the block that follows it', () => {
  const block = '```sh shown\nls\n```\n';
  expect(fate(`<!-- not run: asks a person -->\n\n${block}\n${block}`)).toEqual([
    { notRun: 'asks a person' },
    'unknown',
  ]);
});

test('a block is read as it stands, without what its list indents it by', () => {
  const markdown = '- A:\n\n  ````yaml\n  a:\n    - "```"\n\n  b: 1\n  ````\n\n```text\nout\n```\n';
  expect(blocksOf('a.md', markdown)).toEqual([
    { page: 'a.md', line: 3, info: 'yaml', text: 'a:\n  - "```"\n\nb: 1\n' },
    { page: 'a.md', line: 10, info: 'text', text: 'out\n' },
  ]);
});
