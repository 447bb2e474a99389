import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noticesOf } from './notices.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'run-edges-notices-'));
});
afterAll(() => rmSync(root, { recursive: true }));

function put(file: string, text: string): string {
  const path = join(root, 'node_modules', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const manifest = (name: string, license?: string) => JSON.stringify({ name, version: '1.0.0', license });

test('each package of others stands there once, with its licence and notice', () => {
  put('one/package.json', manifest('one', 'Apache-2.0'));
  put('one/LICENSE', 'Apache');
  put('one/NOTICE.txt', 'by One');
  // Tells a format, and is no package.
  put('one/esm/package.json', '{"type":"module"}');
  put('@scope/two/package.json', manifest('@scope/two', 'MIT'));
  put('@scope/two/licence.md', 'mit');
  const modules = [
    put('one/esm/a.js', ''),
    put('one/b.js', ''),
    put('@scope/two/c.js', ''),
    join(root, 'src', 'own.ts'),
  ];
  const parts = [
    'This program holds the following packages of others.',
    '@scope/two 1.0.0 (MIT)\n----------------------',
    'mit\n',
    'one 1.0.0 (Apache-2.0)\n----------------------',
    'Apache',
    'by One\n',
  ];
  expect(noticesOf([...modules, ...modules])).toBe(parts.join('\n\n'));
});

test('without a file it is what the README says of it', () => {
  put('three/package.json', manifest('three', 'MIT'));
  put('three/Readme.md', '# Three\n\n## License\n\nMIT, see there\n');
  expect(noticesOf([put('three/a.js', '')])).toContain('three 1.0.0 (MIT)\n-----------------\n\nMIT, see there\n');
});

test.each([
  ['no licence', { 'package.json': manifest('four'), LICENSE: 'mit' }],
  ['no text', { 'package.json': manifest('four', 'MIT'), 'README.md': '# Four\n' }],
  ['an empty text', { 'package.json': manifest('four', 'MIT'), LICENSE: '\n' }],
])('one with %s is not passed on', (what, files) => {
  const folder = what.replaceAll(' ', '-');
  for (const [file, text] of Object.entries(files)) put(join(folder, file), text);
  expect(() => noticesOf([put(join(folder, 'a.js'), '')])).toThrow('four 1.0.0 has no text of a licence');
});
