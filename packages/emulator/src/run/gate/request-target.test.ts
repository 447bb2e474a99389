import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { readTarget } from './request-target.ts';

const read = (
  url: string,
  host?: string,
  rawHeaders: string[] = host === undefined ? [] : ['Host', host],
  httpVersion = '1.1',
) => readTarget({ url, headers: { host }, rawHeaders, httpVersion } as unknown as IncomingMessage);

describe('readTarget', () => {
  test.each([
    [
      '/a/b?c=d',
      'X.Example:8080',
      { host: 'x.example', authority: 'X.Example:8080', target: '/a/b?c=d', path: '/a/b' },
    ],
    ['/?x', 'x.', { host: 'x', authority: 'x.', target: '/?x', path: '/' }],
    ['//evil/x', 'x', { host: 'x', authority: 'x', target: '//evil/x', path: '//evil/x' }],
    ['/?', 'x', { host: 'x', authority: 'x', target: '/?', path: '/' }],
    ['/', '', { host: '', authority: '', target: '/', path: '/' }],
    ['/', '[::1]:80', { host: '[::1]', authority: '[::1]:80', target: '/', path: '/' }],
    ['HTTP://Y.example/z', 'x', { host: 'y.example', authority: 'Y.example', target: '/z', path: '/z' }],
    ['https://y?q', 'x', { host: 'y', authority: 'y', target: '/?q', path: '/' }],
  ])('%s at %s', (url, host, expected) => {
    expect(read(url, host)).toEqual(expected);
  });

  test.each([
    '',
    '*',
    'x',
    'ftp://x/',
    'http://',
    'http:///x',
    'http://u@x/',
    'http://x@y',
    'http://[::1/',
    '?a',
    '/open#/../secret',
    '/?a#b',
    'http://x/#',
  ])('refuses the target %j', (url) => {
    expect(read(url, 'x')).toBeUndefined();
  });

  test.each(['a b', 'a/b', '[::1', '::1', 'a:b', 'a:1:2', 'u@a', '[x]', 'é', 'a,b c', 'a:123456'])(
    'refuses the host %j',
    (host) => {
      expect(read('/', host)).toBeUndefined();
    },
  );

  test('refuses two hosts, even the same one twice', () => {
    expect(read('/', 'x', ['Host', 'x', 'HOST', 'x'])).toBeUndefined();
    expect(read('http://x/', 'x', ['Host', 'x', 'HOST', 'x'])).toBeUndefined();
    expect(read('/', 'x', ['Host', 'x', 'X', 'host'])).toBeDefined();
  });

  test('wants a host, but of HTTP/1.0, which may have none', () => {
    expect(read('/')).toBeUndefined();
    expect(read('http://x/')).toBeUndefined();
    expect(read('/', undefined, [], '1.0')).toEqual({ host: '', authority: '', target: '/', path: '/' });
  });
});
