import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { also, asText, asValue, nested, pairs, type Settings } from './settings.ts';

const gathered = (read: (text: string) => unknown, ...given: string[]) =>
  given.reduce<Settings>((before, pair) => nested(read)(pair, before), {});

describe('settings on the command line', () => {
  test('values are what YAML says', () => {
    expect(gathered(asValue, 'a=true', 'b=500', 'c=-1', 'd=text', 'e=[x, 10.0.0.0/8]', 'f=text/html', 'g=')).toEqual({
      a: true,
      b: 500,
      c: -1,
      d: 'text',
      e: ['x', '10.0.0.0/8'],
      f: 'text/html',
      g: null,
    });
  });

  test('a dot goes one deeper, and the last one wins', () => {
    const given = [
      'services.search.tags=[blue]',
      'services.search.http2=true',
      'services.login.http2=false',
      'x=1',
      'x=2',
    ];
    expect(gathered(asValue, ...given)).toEqual({
      services: { search: { tags: ['blue'], http2: true }, login: { http2: false } },
      x: 2,
    });
    expect(gathered(asText, 'search.URL=http://a/?b=c')).toEqual({ search: { URL: 'http://a/?b=c' } });
  });

  test('an image is no path, whatever dots its name has', () => {
    expect(pairs(asText)('us-docker.pkg.dev/p/r/app:1=../app', {})).toEqual({
      'us-docker.pkg.dev/p/r/app:1': '../app',
    });
  });

  test('names of JavaScript are names like others', () => {
    const settings = gathered(asValue, '__proto__.polluted=true', 'constructor.prototype.polluted=true');
    expect(Object.keys(settings)).toEqual(['__proto__', 'constructor']);
    expect({}).not.toHaveProperty('polluted');
  });

  test.each(['', 'name', '=1', 'a=[', 'a=*b'])('%j is refused', (pair) => {
    expect(() => nested(asValue)(pair, {})).toThrow(InvalidArgumentError);
  });

  test('an option that may be repeated gathers', () => {
    const add = also(asText);
    expect(add('b', add('a'))).toEqual(['a', 'b']);
  });
});
