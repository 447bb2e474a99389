import { describe, expect, test } from 'vitest';
import { parseObject } from './json-object.ts';

describe('a JSON object', () => {
  test.each([
    '{}',
    '{"a":1}',
    '{ "a" : 1 }',
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '{ "a":{"a":1},"b":{"a":1} , "c":"a" }',
    '{"a":"\\"a\\":1", "b":"{"}',
    '{"a":"}","b" : "\\\\"}',
    '{"x":"__proto__", "y":1}',
    '{"a":1,\n\t"b":"a"}',
    '{"a":"b","c":["a","a" ],"d":"a"}',
  ])('%s is read as it stands', (text) => {
    expect(parseObject(text)).toEqual(JSON.parse(text));
  });

  test.each(['', 'null', '[]', '[{}]', '"a"', '7', 'true', '{', '{"a":1}x', "{'a':1}", '{"a":1,}'])(
    '%j is none',
    (text) => {
      expect(parseObject(text)).toBe('malformed');
    },
  );

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"b":{"a":1,"a":2}}',
    '{"a":{"b":1},"a":2}',
    '{"a":[{"b":1}],"a":2}',
    '{"a" \n:1,"a"\t:2}',
    '{"b":[{"a":"x"},{"a":"x","c":"}","a":"y"}]}',
    '{"a\\"":1,"a\\"":2}',
    '{"a\\\\":1,"a\\\\":2}',
    '{"":1,"":2}',
    '{"a":"\\\\","a":2}',
    '{"a":{"x":1},"b":{"y":2,"y":3}}',
  ])('%s holds a member twice', (text) => {
    expect(parseObject(text)).toBe('duplicate');
  });

  test.each(['{"__proto__":1}', '{"a":{"__proto__":null}}', '{"\\u005f_proto__":1}', '{"a":[{ "__proto__" : {} }]}'])(
    '%s has a member that no object may have',
    (text) => {
      expect(parseObject(text)).toBe('proto');
    },
  );

  test('deeper than the stack is none', () => {
    const depth = 1_000_000;
    expect(parseObject(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toBe('malformed');
  });
});
