import { describe, expect, test } from 'vitest';
import { endpointProblem, findGates } from './gates.ts';

const search = {
  name: 'search',
  url: 'http://127.0.0.1:9001',
  origins: ['https://search-1.us-central1.run.app', 'http://127.0.0.1:9001', 'http://localhost:9001'],
};
const partner = {
  name: 'partner',
  url: 'http://127.0.0.1:9002',
  origins: ['http://127.0.0.1:9002', 'https://partner.example'],
};
const findGate = findGates(() => [search, partner]);

describe('a URL leads to a gate', () => {
  test.each([
    [
      'https://search-1.us-central1.run.app/a?b=c',
      { receiver: 'search', origin: 'http://127.0.0.1:9001', host: 'search-1.us-central1.run.app', path: '/a?b=c' },
    ],
    ['https://SEARCH-1.us-central1.run.app', { receiver: 'search', path: '/' }],
    ['https://search-1.us-central1.run.app:443/x', { receiver: 'search', host: 'search-1.us-central1.run.app' }],
    ['http://127.0.0.1:9001/x', { receiver: 'search', host: '127.0.0.1:9001' }],
    ['http://localhost:9001/x', { receiver: 'search', origin: 'http://127.0.0.1:9001', host: 'localhost:9001' }],
    ['https://partner.example/hook', { receiver: 'partner', origin: 'http://127.0.0.1:9002', host: 'partner.example' }],
  ])('%s', (url, expected) => {
    expect(findGate(url)).toMatchObject(expected);
  });
});

describe('or to nothing: nothing outside is called', () => {
  test.each([
    ...[
      'https://example.com/',
      'https://search-1.us-central1.run.app.example.com/',
      'https://search-2.us-central1.run.app/',
    ],
    ...[
      'http://search-1.us-central1.run.app/',
      'https://search-1.us-central1.run.app:8443/',
      'https://127.0.0.1:9001/',
    ],
    ...[
      'http://127.0.0.1:9003/',
      'http://127.0.0.1/',
      'http://169.254.169.254/computeMetadata/v1/',
      'http://[::1]:9001/',
    ],
    ...[
      'https://user@search-1.us-central1.run.app/',
      'https://search-1.us-central1.run.app@example.com/',
      'file:///etc/passwd',
    ],
    ...[
      '//search-1.us-central1.run.app/',
      'search-1.us-central1.run.app',
      '',
      'javascript:1',
      'http://2130706433:9003/',
    ],
  ])('%s', (url) => {
    expect(findGate(url)).toBeUndefined();
  });
});

describe('an endpoint can be', () => {
  test.each(['https://example.com/push', 'http://127.0.0.1:9001/push', 'https://search-1.us-central1.run.app/?a=b'])(
    '%s',
    (url) => {
      expect(endpointProblem(url, findGate)).toBeUndefined();
    },
  );

  test.each([
    undefined,
    null,
    1,
    {},
    '',
    'push',
    '/push',
    'http://example.com/',
    'http://169.254.169.254/',
    'ftp://a/',
    'file:///a',
    'https://a:b@c/',
    'https://a@c/',
    'https://c/a b',
    'https://c/\r\nX: y',
    'https://c\\@d/',
    'https://ä.example/',
    `https://c/${'x'.repeat(3000)}`,
  ])('not %j', (url) => {
    expect(endpointProblem(url, findGate)).toMatch(/^It .*\.$/);
  });
});
