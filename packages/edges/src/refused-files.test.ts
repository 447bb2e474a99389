import { describe, expect, it } from 'vitest';
import { refusals } from './testing/refusals.ts';

const writeServices = 'Write "services:" and below it, indented, one entry per service, such as "search: {}".';

describe('the file as a whole is refused', () => {
  it.each([
    ['', `1:1: the file is empty. ${writeServices}`],
    ['# nothing but a comment\n', `1:1: the file is empty. ${writeServices}`],
    ['null', `1:1: the file is empty. ${writeServices}`],
    ['hello', `1:1: the file is the text "hello". ${writeServices}`],
    ['- login\n', `1:1: the file is a list. ${writeServices}`],
    ['{}', `1:1: the file has no "services". ${writeServices}`],
    ['services:\n', `1:1: "services" is empty. ${writeServices}`],
    ['services: {}\n', `1:11: "services" is empty. ${writeServices}`],
    ['services: [login]\n', `1:11: "services" is a list. ${writeServices}`],
    [
      'services: { login: {} }\nservice: {}\n',
      '2:1: unknown key "service" at the top of the file. Did you mean "services"?',
    ],
    [
      'services: { login: {} }\nversion: 1\n',
      '2:1: unknown key "version" at the top of the file. Known here: services, jobs, workerPools, principals, external, senders, accepted, never.',
    ],
  ])('%j', (text, line) => {
    expect(refusals(text)).toEqual([line]);
  });

  it('over 1 MiB, in bytes and not in characters', () => {
    expect(refusals(`#${'é'.repeat(600_000)}`)).toEqual([expect.stringContaining('is larger than 1 MiB')]);
  });
});

describe('YAML that is not right is refused', () => {
  it.each([
    ['services:\n\tlogin: {}\n', '2:1: not valid YAML: Tabs are not allowed as indentation. Indent with spaces.'],
    ['services: {login: {}\n', '2:1: not valid YAML: '],
    ['services: {}\n---\nservices: {}\n', '2:1: a second YAML document begins here. Keep one document'],
    [
      'services:\n  login: *common\n',
      '2:10: no anchor "common" is set before this alias. Set the anchor &common before',
    ],
    ['services:\n  login: { public: !yes true }\n', '2:20: not valid YAML: Unresolved tag: !yes. Take the tag out.'],
    ['services:\n  login: { public: !!binary aGk= }\n', '2:20: not valid YAML: Unresolved tag'],
    ['services:\n  ? [login]\n  : {}\n', '2:5: a key is not a plain word. Write keys as plain words.'],
    ['services: "unclosed\n', ':'],
  ])('%j', (text, start) => {
    const lines = refusals(text);
    expect(lines[0]).toContain(start);
  });

  it.each([
    ['%YAML 1.1\n---\nservices:\n  one: &one {}\n  two: { <<: *one }\n', '5:10'],
    ['services:\n  one: &one {}\n  <<: { two: *one }\n', '3:3'],
    ['x-all: &all { A: b }\nservices: { one: { env: { <<: *all, C: d } } }', '2:27'],
    ['x-all: &all { services: { one: {} } }\n<<: *all\nservices: { two: {} }', '2:1'],
  ])('does not know merge keys, and says what to write: %j', (text, place) => {
    expect(refusals(text)).toEqual([
      `${place}: "<<" is a merge key, which YAML 1.2 does not have: what it merges would be read by some and not by others. ` +
        'Write the keys out, or repeat a whole value by its alias, such as env: *common.',
    ]);
  });

  it.each([
    [
      'a service',
      'services:\n  login: {}\n  search: {}\n  login: {}\n',
      '4:3: the service "login" is declared twice, first on line 2.',
    ],
    [
      'a key',
      'services:\n  login:\n    public: true\n    public: false\n',
      '4:5: "public" is written twice, first on line 3.',
    ],
    [
      'services',
      'services: { login: {} }\nservices: { search: {} }\n',
      '2:1: "services" is written twice, first on line 1.',
    ],
  ])('%s twice', (_, text, line) => {
    expect(refusals(text)).toEqual([`${line} Keep one of the two.`]);
  });
});

describe('hostile YAML is bounded', () => {
  const fan = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`)}]\n`;
  it.each([
    [
      'an alias bomb',
      `a: &a [x]\n${fan('b', 'a')}${fan('c', 'b')}${fan('d', 'c')}${fan('e', 'd')}`,
      'repeated by alias',
    ],
    [
      'many aliases',
      `a: &a {}\n${Array.from({ length: 101 }, (_, i) => `b${i}: *a\n`).join('')}`,
      '102:7: more than 100',
    ],
    ['deep lists', '['.repeat(20_000), 'nested too deeply'],
    ['deep mappings', '{a: '.repeat(20_000), 'nested too deeply'],
  ])('%s', (_, text, start) => {
    const lines = refusals(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(start);
  });

  it.each([
    '&a services: *a',
    'services: &s { login: *s }',
    'services: &s [*s]',
    'services: { login: &l { calls: &c [*c], env: *l } }',
  ])('an alias to what holds it: %s', (text) => {
    expect(refusals(text).length).toBeGreaterThan(0);
  });

  it('shows a hundred problems and counts the rest', () => {
    const lines = refusals(`services: { login: { calls: [${Array.from({ length: 900 }, (_, i) => `nobody-${i}`)}] } }`);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toContain('800 more problems from here on');
  });

  it('refuses more services than a region can hold', () => {
    const services = Array.from({ length: 1001 }, (_, index) => `svc-${index}: {}`);
    expect(refusals(`services: { ${services} }`)).toEqual([
      '1:11: "services" has more than 1000 entries. Cut it to 1000.',
    ]);
  });

  it('lets nothing from the file steer a terminal', () => {
    const lines = refusals('services: { "\\e[31m\\u009b\\u202e\\n": { "\\e]0;x\\a": 1 } }').join('\n');
    expect(lines).toContain('\\u001b[31m\\u009b\\u202e\\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point.
    expect(lines).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('shortens long text', () => {
    expect(refusals(`services: ${'x'.repeat(10_000)}`)[0]!.length).toBeLessThan(300);
  });
});

it('tells all problems at once, in the order of the file', () => {
  const text = `services:
  login:
    calls: [serch, search]
    env: { PORT: "80" }
  Search: {}
  mail:
    pubic: true
    concurrency: 0
extra: 1
`;
  expect(refusals(text).map((line) => line.replace(/^(\d+:\d+: .*?)\. .*$/, '$1'))).toEqual([
    '3:13: login calls "serch", which is not declared',
    '3:20: login calls "search", which is not declared',
    '4:12: login: env sets "PORT", which Cloud Run sets itself',
    '5:3: "Search" cannot be the name of a Cloud Run service',
    '7:5: unknown key "pubic" in mail',
    '8:18: mail: concurrency cannot be 0',
    '9:1: unknown key "extra" at the top of the file',
  ]);
});
