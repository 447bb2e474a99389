import { describe, expect, test } from 'vitest';
import { isLoopback, readReceiver } from './receiver.ts';

const receiver = (url: string, audience?: string, hosts: string[] = []): string =>
  readReceiver(url, audience, new Set(hosts)).audience;

describe('the audience', () => {
  test.each([
    ['https://search-abc123-ew.a.run.app', 'https://search-abc123-ew.a.run.app'],
    ['https://search-abc123-ew.a.run.app/', 'https://search-abc123-ew.a.run.app'],
    ['https://search-abc123-ew.a.run.app/v1/find', 'https://search-abc123-ew.a.run.app'],
    ['https://SEARCH.example:443', 'https://search.example'],
    ['https://canary---search-abc123-ew.a.run.app/x', 'https://search-abc123-ew.a.run.app'],
    ['https://v2---search-123456789012.europe-west1.run.app', 'https://search-123456789012.europe-west1.run.app'],
    ['https://canary---search.example', 'https://canary---search.example'],
    ['http://127.0.0.1:8082', 'http://127.0.0.1:8082'],
  ])('of %s is %s', (url, audience) => {
    expect(receiver(url)).toBe(audience);
  });

  test('may be given', () => {
    expect(receiver('https://search.example', 'my-custom-audience')).toBe('my-custom-audience');
    expect(receiver('https://search.example', 'https://search.example/')).toBe('https://search.example/');
  });

  test.each(['', ' x', 'x y', 'ä', 'https://a.example?b', 'https://a.example#b', 'a&b', 'a+b', 'a%20b', 'a\nb'])(
    'must survive the way to the metadata server: %j does not',
    (audience) => {
      expect(() => receiver('https://a.example', audience)).toThrow(
        expect.objectContaining({ code: 'RUN_AUTH_AUDIENCE_INVALID' }),
      );
    },
  );
});

describe("a receiver's URL", () => {
  test.each([
    '',
    'search',
    '/path',
    'search.example:8080',
    'ftp://a.example',
    'https://u@a.example',
    'https://:p@a.example',
    'https://a.example?q',
    'https://a.example/?',
    'https://a.example#',
  ])('%j is refused', (url) => {
    expect(() => receiver(url)).toThrow(expect.objectContaining({ code: 'RUN_AUTH_URL_INVALID' }));
  });

  test.each([
    'http://search.example',
    'http://10.0.0.1:8080',
    'http://127.0.0.1.example',
    'http://localhost.example',
    'http://metadata.google.internal',
  ])('%s is refused for being plain http', (url) => {
    expect(() => receiver(url)).toThrow(expect.objectContaining({ code: 'RUN_AUTH_URL_INSECURE' }));
  });

  test('may be plain http to a host that is named', () => {
    expect(receiver('http://search:8080', undefined, ['search'])).toBe('http://search:8080');
  });

  test.each([
    ['localhost', true],
    ['app.localhost', true],
    ['[::1]', true],
    ['127.1.2.3', true],
    ['[::2]', false],
    ['128.0.0.1', false],
  ])('host %s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  test('does not print a password', () => {
    expect(() => receiver('https://user:secret@a.example')).toThrow(/^(?!.*secret)/);
  });
});
