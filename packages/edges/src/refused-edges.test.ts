import { describe, expect, it } from 'vitest';
import { parseDeclaration } from './parse-declaration.ts';
import { refusals } from './testing/refusals.ts';

const pathRule =
  'Write a list of paths, each exact, such as /events, or with all below it, such as /search/*: letters, digits and ' +
  '- . _ ~ : @ + between slashes, no dots alone, no query.';

const edge = (text: string) => `services:\n  login:\n    calls: [${text}]\n  search: {}\n  open: { public: true }
external: { pay: { url: "https://pay.example.com" } }\n`;

/** Apart, for the audit takes it for a secret. */
const PERSON = 'user:secret';

describe('limited edges are refused', () => {
  it.each([
    ['{ to: serch }', '3:19: login calls "serch", which is not declared. Did you mean "search"?'],
    ['search, { to: search }', '3:27: login calls "search" twice. Take one of the two out.'],
    ['{ to: search }, search', '3:29: login calls "search" twice. Take one of the two out.'],
    ['{}', '3:13: login: an entry of calls has no "to". Write the name of a receiver: { to: search'],
    ['{ to: }', '3:15: login: to of an entry of calls is empty. Write the name of a receiver'],
    ['{ to: [search] }', '3:19: login: to of an entry of calls is a list. Write the name of a receiver'],
    ['{ to: search, path: /a }', '3:27: unknown key "path" in login: an entry of calls. Did you mean "paths"?'],
    ['{ to: search, paths: /a }', `3:34: login: paths of an entry of calls is the text "/a". ${pathRule}`],
    ['{ to: search, paths: [] }', `3:34: login: paths of an entry of calls is empty. ${pathRule}`],
    [
      '{ to: search, paths: [/a, /a] }',
      `3:34: login: paths of an entry of calls has the same entry twice. ${pathRule}`,
    ],
    ['{ to: search, paths: [1] }', `3:35: login: an entry of paths of an entry of calls is 1. ${pathRule}`],
    ['{ to: search, paths: [/*] }', '3:35: login: the path "/*" is every path. Take paths out, or name those'],
    ['{ to: search, until: 2027-02-30 }', '3:34: login: until is "2027-02-30", and there is no such day. Write a day'],
    [
      '{ to: search, until: 2027-1-31 }',
      '3:34: login: until of an entry of calls cannot be "2027-1-31". Write a day as',
    ],
    ['{ to: search, until: 1999-01-31 }', 'cannot be "1999-01-31". Write a day as YYYY-MM-DD.'],
    ['{ to: search, until: 9999-12-31 }', 'cannot be "9999-12-31". Write a day as YYYY-MM-DD.'],
    ['{ to: search, until: "2027-01-31T00:00:00Z" }', 'Write a day as YYYY-MM-DD.'],
    ['{ to: search, until: tomorrow }', 'Write a day as YYYY-MM-DD.'],
    ['{ to: search, until: 20270131 }', 'until of an entry of calls is 20270131. Write a day as YYYY-MM-DD.'],
    [
      '{ to: open, paths: [/a] }',
      '3:13: login has a limited edge to open, which is public: everybody may call it at any time. Take paths and until out: write open alone.',
    ],
    ['{ to: open, until: 2027-01-31 }', '3:13: login has a limited edge to open, which is public'],
    [
      '{ to: pay, paths: [/a] }',
      '3:13: login has a limited edge to pay, which others own: this file grants nothing there.',
    ],
  ])('%s', (text, line) => {
    const [refusal, ...more] = refusals(edge(text));
    expect(more).toEqual([]);
    expect(refusal).toContain(line);
  });

  it.each([
    'a',
    '',
    '//',
    '/a//b',
    '/./a',
    '/a/.',
    '/..',
    '/a/../b',
    '/a/..',
    '/a/../*',
    '/%61',
    '/a%2fb',
    '/a/%2e%2e/b',
    '/a?b=c',
    '/a#b',
    '/a;b',
    '/a\\\\b',
    '/a b',
    '/a*',
    '/*/a',
    '/**',
    '/a/**',
    '/a/*/b',
    '/ä',
    '/a\\n',
    '/a\\"b',
    "/a'b",
    '/$' + '{services.search.url}',
    'https://search.example.com/a',
    `/${'x'.repeat(200)}`,
  ])('the path %j', (path) => {
    const [refusal, ...more] = refusals(edge(`{ to: search, paths: ["${path}"] }`));
    expect(more).toEqual([]);
    expect(refusal).toMatch(/^3:35: login: an entry of paths of an entry of calls /);
    expect(refusal).toContain(pathRule);
  });

  it.each(['toString', 'valueOf', '__proto__', 'constructor', 'hasOwnProperty'])('two entries with a key %s', (key) => {
    for (const value of ['1', '{}', 'null'])
      for (const line of refusals(edge(`{ ${key}: ${value} }, { ${key}: ${value} }`)))
        expect(line).toMatch(/has no "to"|unknown key/);
  });

  it('more paths than a condition can hold', () => {
    const paths = Array.from({ length: 13 }, (_, at) => `/p${at}`);
    expect(refusals(edge(`{ to: search, paths: [${paths}] }`))).toEqual([
      '3:34: login: paths of an entry of calls has more than 12 entries. Cut it to 12.',
    ]);
  });

  it.each(['/', '/a', '/a/', '/a/*', '/.well-known/x', '/a/...', '/A-b_c~d:e@f+g/v1.2/*', '/a/.b/*'])(
    'but not the path %s',
    (path) => {
      const { services } = parseDeclaration(edge(`{ to: search, paths: ["${path}"] }`), 'edges.yaml');
      expect(services[0]?.limits).toEqual({ search: { paths: [path] } });
    },
  );

  it('nor one that is over: a file that was right yesterday is read', () => {
    const { services } = parseDeclaration(edge('{ to: search, until: 2024-02-29 }'), 'edges.yaml');
    expect(services[0]?.limits).toEqual({ search: { paths: [], until: '2024-02-29' } });
  });

  it('nor one without a limit, which is an edge like any other, nor notes of people', () => {
    const { services } = parseDeclaration(edge('{ to: search, x-ticket: 1 }, { to: open }, { to: pay }'), 'edges.yaml');
    expect(services[0]).toMatchObject({ calls: ['search', 'open', 'pay'] });
    expect(services[0]).not.toHaveProperty('limits');
  });
});

describe('receivers of others are refused', () => {
  it.each([
    ['url: http://pay.example.com', 'is not https: a token would be sent in the clear. Write https://pay.example.com.'],
    ['url: https://pay.example.com/', 'is more than an origin, or not written as one. Write https://pay.example.com.'],
    ['url: https://pay.example.com/v1', 'is more than an origin'],
    [
      'url: https://pay.example.com:443',
      'is more than an origin, or not written as one. Write https://pay.example.com.',
    ],
    ['url: https://Pay.example.com', 'is more than an origin, or not written as one. Write https://pay.example.com.'],
    ['url: "https://pay.example.com?a"', 'is more than an origin'],
    ['url: "https://pay.example.com#a"', 'is more than an origin'],
    [`url: https://${PERSON}@pay.example.com`, 'holds credentials. Write https://pay.example.com.'],
    ['url: ftp://pay.example.com', 'is no URL of http. Write an https origin'],
    ['url: pay.example.com', 'is no URL of http. Write an https origin'],
    ['url: "https:pay.example.com"', 'is no URL of http. Write https://pay.example.com.'],
    ['url: "https://"', 'is no URL of http'],
    ['url: "javascript:alert(1)"', 'is no URL of http. Write an https origin'],
    ['url: http://localhost.evil.example', 'is not https'],
    ['url: http://127.evil.example', 'is not https'],
  ])('%s', (text, why) => {
    const [refusal, ...more] = refusals(`services: { web: {} }\nexternal:\n  pay:\n    ${text}\n`);
    expect(more).toEqual([]);
    expect(refusal).toMatch(/^4:10: pay: url "/);
    expect(refusal).toContain(why);
  });

  it.each([
    ['', '3:8: pay has no "url". Write an https origin'],
    ['url: 1', 'pay: url is 1. Write an https origin'],
    ['url: "https://a b"', 'cannot be "https://a b". Write an https origin'],
    ['url: "https://a.example.com", audience: "a b"', 'audience cannot be "a b". Write an audience without spaces'],
    ['url: "https://a.example.com", calls: [web]', 'unknown key "calls" in pay. Known here: url, audience, owner.'],
  ])('%s', (text, line) => {
    const [refusal] = refusals(`services: { web: {} }\nexternal:\n  pay: { ${text} }\n`);
    expect(refusal).toContain(line);
  });

  it.each([
    'https://pay.example.com',
    'https://pay.example.com:8443',
    'http://localhost:9000',
    'http://127.0.0.1:9000',
  ])('but not %s', (url) => {
    const { external } = parseDeclaration(`services: { web: {} }\nexternal: { pay: { url: "${url}" } }`, 'edges.yaml');
    expect(external).toEqual([{ name: 'pay', url, audience: url }]);
  });

  it('are in no reference: callers have their URL in a variable', () => {
    const text = `services: { web: { calls: [pay], env: { A: "\${services.pay.url}" } } }
external: { pay: { url: "https://pay.example.com" } }`;
    expect(refusals(text)).toEqual([
      '1:44: web: env.A names the URL of pay, which others own. Take it out: whoever calls pay finds its URL in PAY_URL.',
    ]);
  });
});
