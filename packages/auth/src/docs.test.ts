import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readme, reference } from '../scripts/docs.ts';

const file = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

test('the error table of the README is that of the source (else: npm run docs)', () => {
  expect(file('README.md')).toBe(readme());
});

test('the reference is that of the docstrings (else: npm run docs)', () => {
  expect(file('reference.md')).toBe(reference());
});

test('every dependency is given its reason', () => {
  const { dependencies, peerDependencies } = JSON.parse(file('package.json'));
  expect(Object.keys(dependencies)).toEqual([
    '@fastify/error',
    'fastify-plugin',
    'google-auth-library',
    'jose',
    'undici',
  ]);
  for (const name of [...Object.keys(dependencies), ...Object.keys(peerDependencies)])
    expect(file('README.md').split('## Dependencies')[1]).toContain(`\`${name}\``);
});
