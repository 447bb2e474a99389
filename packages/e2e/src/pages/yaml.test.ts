import { blocksFor } from '@run-edges/audit/block-rules';
import { describe, expect, test } from 'vitest';
import { readerOf } from './yaml-readers.ts';

const blocks = blocksFor('packages/e2e/src/pages/yaml.test.ts');

test.each(blocks.map((block) => ({ ...block, name: `${block.page}:${block.line}` })))(
  '$name is taken by the reader that it is for',
  async ({ text }) => {
    expect(await readerOf(text).problems(text)).toEqual([]);
  },
);

test('there are files of each kind', () => {
  const kinds = new Set(blocks.map(({ text }) => readerOf(text).name));
  expect([...kinds]).toEqual(
    expect.arrayContaining(['edges.yaml', 'a part of edges.yaml', 'groups and issuers', 'docker-compose.yml']),
  );
});

describe('what is wrong is not taken', () => {
  test.each([
    ['edges.yaml', 'services:\n  login: { calls: [nobody] }\n', 'nobody'],
    ['a service of edges.yaml', '  login:\n    pubic: true\n', 'pubic'],
    ['a part of edges.yaml', 'never:\n  - login -> nobody\n', 'nobody'],
    ['groups and issuers', 'groups: { team@example.com: ada }\n', 'team@example.com'],
    ['groups and issuers', 'workloadIdentityProviders:\n  - pool: ci\n', 'provider'],
    ['docker-compose.yml', 'services:\n  shop: { build: . }\nnetworks: []\n', 'networks'],
    ['docker-compose.yml', 'services:\n  shop: { ports: { a: b } }\n', 'ports'],
    ['a workflow of GitHub', 'on: push\njobs:\n  test:\n    steps:\n      - run: npm test\n', 'runs-on'],
    ['a workflow of GitHub', '- run: npm test\n  uses: actions/checkout@v6\n', 'uses'],
  ])('%s: %s', async (name, text, said) => {
    const reader = readerOf(text);
    expect(reader.name).toBe(name);
    expect(await reader.problems(text)).toEqual(expect.arrayContaining([expect.stringContaining(said)]));
  });

  test('nor what nobody reads', () => {
    expect(() => readerOf('something: else\n')).toThrow('Whose file is it?');
  });
});
