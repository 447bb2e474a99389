import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesBetween } from './changes.ts';
import { parseDeclaration } from './parse-declaration.ts';
import { files } from './testing/declarations.ts';

const three = `
services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [{ to: search, paths: [/people] }] }
  search: {}
`;

function told(before: string, after: string): string[] {
  const signs = { added: '+', removed: '-', changed: '~' };
  return changesBetween(parseDeclaration(before, 'edges.yaml'), parseDeclaration(after, 'edges.yaml')).map(
    ({ kind, what, settings }) => [signs[kind], what, ...settings].join(' '),
  );
}

describe('what another declaration says otherwise', () => {
  test.each([
    ['nothing', three, []],
    ['a comment alone', `${three}# later`, []],
    ['another order', three.replace(/( {2}login.*\n)([\s\S]*)/, '$2$1'), []],
    ['an edge more', three.replace('search: {}', 'search: { calls: [login] }'), ['+ search -> login']],
    ['an edge less', three.replace('calls: [user-profiles]', 'calls: []'), ['- login -> user-profiles']],
    ['an edge on other conditions', three.replace('/people', '/names'), ['~ user-profiles -> search paths']],
    [
      'an edge on none',
      three.replace('{ to: search, paths: [/people] }', 'search'),
      ['~ user-profiles -> search paths'],
    ],
    [
      'open to everybody',
      three.replace('search: {}', 'search: { public: true }').replace('{ to: search, paths: [/people] }', 'search'),
      ['+ anonymous -> search', '~ user-profiles -> search paths'],
    ],
    ['open to nobody', three.replace('public: true, ', ''), ['- anonymous -> login']],
    ['a service more', `${three}  mail: { calls: [search] }\n`, ['+ service mail', '+ mail -> search']],
    ['other regions', three.replace('search: {}', 'search: { regions: [europe-west1] }'), ['~ service search regions']],
    [
      'another account and ingress',
      three.replace('search: {}', 'search: { serviceAccount: finder, ingress: internal }'),
      ['~ service search serviceAccount ingress'],
    ],
    [
      'a caller more',
      `${three}principals: { ada: { member: "user:ada@example.com", calls: [search] } }\n`,
      ['+ principal ada', '+ ada -> search'],
    ],
    ['a receiver of others more', `${three}external: { pay: { url: https://pay.example.com } }\n`, ['+ external pay']],
    ['a job more', `${three}jobs: { report: {} }\n`, ['+ job report']],
    ['a rule more', `${three}never: [login -> search]\n`, ['+ never login -> search']],
  ])('%s', (_what, after, expected) => {
    expect(told(three, after)).toEqual(expected);
  });

  test('a rename is one less and one more, with its edges', () => {
    expect(told(three, three.replaceAll('search', 'finder'))).toEqual([
      '- service search',
      '- user-profiles -> search',
      '+ service finder',
      '+ user-profiles -> finder',
    ]);
  });

  test('the way back is told of as much', () => {
    fc.assert(
      fc.property(files, files, (one, other) => {
        const [before, after] = [one, other].map((file) => parseDeclaration(JSON.stringify(file), 'edges.yaml'));
        if (before === undefined || after === undefined) throw new Error('two files');
        expect(changesBetween(before, before)).toEqual([]);
        const opposite = { added: 'removed', removed: 'added', changed: 'changed' } as const;
        const back = changesBetween(after, before).map(({ kind, what }) => `${opposite[kind]} ${what}`);
        expect(back.toSorted()).toEqual(
          changesBetween(before, after)
            .map(({ kind, what }) => `${kind} ${what}`)
            .toSorted(),
        );
      }),
      { numRuns: 50 },
    );
  });
});
