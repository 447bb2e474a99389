import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageFolder } from './package-folder.ts';

test.each(['console/index.html', 'images/', 'package.json'])('%s is in a folder of the package', (file) => {
  expect(existsSync(new URL(file, packageFolder('.')))).toBe(true);
});

test('a folder is one', () => {
  expect(packageFolder('console').pathname).toMatch(/\/packages\/emulator\/console\/$/);
});
