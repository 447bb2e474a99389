import { expect, test } from 'vitest';
import { acceptsAudience } from './audience.ts';

const origins = ['https://a.example', 'https://b.example:8443'];
const custom = ['https://Custom.example/api?x=1', 'urn:thing', ''];

test.each([
  'https://a.example',
  'https://a.example/',
  'https://a.example/deep/path/',
  'https://b.example:8443',
  'https://b.example:8443/x',
])('%j is accepted', (audience) => {
  expect(acceptsAudience(audience, origins, [])).toBe(true);
});

test.each([
  '',
  '/',
  'https://a.exampl',
  'https://a.example.evil.example',
  'https://a.example.evil.example/',
  'https://a.example:443',
  'https://a.example@evil.example',
  'https://a.examplex/',
  'https://a.example?x',
  'https://a.example/?x',
  'https://a.example/x?y',
  'https://a.example/#x',
  'https://a.example#',
  'http://a.example',
  'HTTPS://A.EXAMPLE',
  ' https://a.example',
  'x/https://a.example',
  'https://tag---a.example',
  'https://b.example',
])('%j is not', (audience) => {
  expect(acceptsAudience(audience, origins, [])).toBe(false);
});

test('where paths are no audience a slash alone may follow', () => {
  expect(acceptsAudience('https://a.example', origins, [], false)).toBe(true);
  expect(acceptsAudience('https://a.example/', origins, [], false)).toBe(true);
  for (const audience of ['https://a.example/x', 'https://a.example//', 'https://a.examplex', 'https://a.example?'])
    expect(acceptsAudience(audience, origins, [], false), audience).toBe(false);
});

test('custom audiences count byte for byte, and nothing below them', () => {
  for (const audience of custom) expect(acceptsAudience(audience, [], custom)).toBe(true);
  for (const audience of ['https://custom.example/api?x=1', 'urn:thing/', 'urn:thin', 'urn:thing/x'])
    expect(acceptsAudience(audience, [], custom), audience).toBe(false);
});
