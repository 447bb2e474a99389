import { describe, expect, test } from 'vitest';
import { readFilter } from './filter.ts';

const message = { name: 'com', lang: 'en-GB', 'iana.org/tld': 'dot', empty: '' };

describe('a filter takes a message by its attributes', () => {
  test.each([
    ['', true],
    ['  ', true],
    ['attributes:name', true],
    ['attributes:empty', true],
    ['attributes:other', false],
    ['NOT attributes:other', true],
    ['-attributes:name', false],
    ['attributes.name = "com"', true],
    ['attributes.name="net"', false],
    ['attributes.name != "net"', true],
    ['attributes.other != "net"', true],
    ['attributes.other = ""', false],
    ['attributes."iana.org/tld" = "dot"', true],
    ['attributes:"iana.org/tld"', true],
    ['hasPrefix(attributes.lang, "en")', true],
    ['hasPrefix(attributes.lang, "EN")', false],
    ['hasPrefix(attributes.other, "")', false],
    ['attributes.name = "com" AND hasPrefix(attributes.lang, "en")', true],
    ['attributes.name = "com" AND attributes:other', false],
    ['attributes:other OR attributes:name', true],
    ['attributes:other OR (attributes:name AND NOT attributes:lang)', false],
    ['NOT (attributes:other OR attributes:more)', true],
    ['attributes:constructor', false],
    ['attributes:__proto__', false],
    ['attributes.name = "c\\"om"', false],
  ])('%s: %s', (text, taken) => {
    expect(readFilter(text)(message)).toBe(taken);
  });
});

describe('what is no filter is refused, and it is said why', () => {
  test.each([
    'name = "com"',
    'attributes',
    'attributes.name',
    'attributes.name = com',
    'attributes.name == "com"',
    'attributes.name = "com',
    "attributes.name = 'com'",
    'attributes.name < "com"',
    'attributes:name attributes:lang',
    'attributes:name AND',
    'AND attributes:name',
    'attributes:a AND attributes:b OR attributes:c',
    '(attributes:name',
    'attributes:name)',
    'NOT',
    'hasPrefix(attributes.lang)',
    'hasPrefix("x", "y")',
    'hasSuffix(attributes.lang, "x")',
    'attributes:1',
    'attributes.a = "x"; DROP TABLE tasks',
    `attributes.a = "${'x'.repeat(260)}"`,
    `${'NOT '.repeat(30)}attributes:a`,
    '('.repeat(60),
  ])('%s', (text) => {
    expect(() => readFilter(text)).toThrow(RangeError);
  });
});
