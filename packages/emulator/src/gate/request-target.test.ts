import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { readTarget } from './request-target.ts';

const read = (url: string, host?: string, rawHeaders: string[] = []) =>
  readTarget({ url, headers: { host }, rawHeaders } as unknown as IncomingMessage);

describe('readTarget', () => {
  test.each([
    [
      '/a/b?c=d',
      'X.Example:8080',
      { host: 'x.example', authority: 'X.Example:8080', target: '/a/b?c=d', path: '/a/b' },
    ],
    ['/?x', 'x.', { host: 'x', authority: 'x.', target: '/?x', path: '/' }],
    ['//evil/x', 'x', { host: 'x', authority: 'x', target: '//evil/x', path: '//evil/x' }],
    ['/healthz#x', 'x', { host: 'x', authority: 'x', target: '/healthz#x', path: '/healthz' }],
    ['/', undefined, { host: '', authority: '', target: '/', path: '/' }],
    ['/', '[::1]:80', { host: '[::1]', authority: '[::1]:80', target: '/', path: '/' }],
    ['HTTP://Y.example/z', 'x', { host: 'y.example', authority: 'Y.example', target: '/z', path: '/z' }],
    ['https://y?q', 'x', { host: 'y', authority: 'y', target: '/?q', path: '/' }],
  ])('%s at %s', (url, host, expected) => {
    expect(read(url, host)).toEqual(expected);
  });

  test.each(['', '*', 'x', 'ftp://x/', 'http://', 'http:///x', 'http://u@x/', 'http://x@y', 'http://[::1/', '?a'])(
    'refuses the target %j',
    (url) => {
      expect(read(url, 'x')).toBeUndefined();
    },
  );

  test.each(['a b', 'a/b', '[::1', '::1', 'a:b', 'a:1:2', 'u@a', '[x]', 'é', 'a,b c', 'a:123456'])(
    'refuses the host %j',
    (host) => {
      expect(read('/', host)).toBeUndefined();
    },
  );

  test('refuses two hosts, even the same one twice', () => {
    expect(read('/', 'x', ['Host', 'x', 'HOST', 'x'])).toBeUndefined();
    expect(read('/', 'x', ['Host', 'x', 'X', 'host'])).toBeDefined();
  });
});
