import { expect, test } from 'vitest';
import { checkLicences, judgeLicences } from './licences.ts';

const one = [{ name: 'planted', versions: ['1.0.0'] }];

test.each([
  'GPL-3.0-only',
  'AGPL-3.0-or-later',
  'LGPL-2.1',
  'MPL-2.0',
  'MIT AND GPL-2.0-only',
  'UNLICENSED',
  'Unknown',
  'SEE LICENSE IN LICENSE.md',
  'BUSL-1.1',
  '',
])('%j fails the audit', (licence) => {
  expect(judgeLicences({ MIT: [{ name: 'good', versions: ['1.0.0'] }], [licence]: one })).toEqual({
    check: 'licences',
    state: 'bad',
    lines: [`planted 1.0.0 is under ${licence}`],
  });
});

test.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-only)', 'MIT AND ISC', 'BlueOak-1.0.0'])('%j passes', (licence) => {
  expect(judgeLicences({ [licence]: one })).toMatchObject({ state: 'good' });
});

test('a tree without a package is not taken for a good one', () => {
  expect(judgeLicences({})).toMatchObject({ state: 'bad' });
});

test('what is shipped is under licences that go with its own', async () => {
  expect(await checkLicences()).toMatchObject({ state: 'good' });
});
