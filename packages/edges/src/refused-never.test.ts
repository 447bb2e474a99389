import { describe, expect, it } from 'vitest';
import { parseDeclaration } from './parse-declaration.ts';
import { refusals } from './testing/refusals.ts';

const file = (never: string, more = '') => `services:
  web: { public: true, calls: [profiles] }
  profiles: { calls: [{ to: search, paths: [/find] }] }
  search: {}
  admin: { serviceAccount: ops-run }
jobs:
  nightly: { calls: [pay] }
  sweep: { serviceAccount: ops-run, calls: [profiles] }
principals:
  ada: { member: "user:ada@example.com" }
external:
  pay: { url: "https://pay.example.com" }
never:
  - ${never}
${more}`;

const mend = 'Take one of the two out: what may never be cannot be declared.';

describe('what may never be is refused', () => {
  it.each([
    ['web -> profiles', `never: "web -> profiles", but web calls profiles, by line 2. ${mend}`],
    ['profiles->search', `never: "profiles -> search", but profiles calls search, by line 3. ${mend}`],
    ['search -> web', `never: "search -> web", but web is public, by line 2. ${mend}`],
    ['anonymous -> web', `never: "anonymous -> web", but web is public, by line 2. ${mend}`],
    ['anonymous -> *', `never: "anonymous -> *", but web is public, by line 2. ${mend}`],
    ['"* -> search"', `never: "* -> search", but profiles calls search, by line 3. ${mend}`],
    ['"* -> *"', `never: "* -> *", but web is public, by line 2. ${mend}`],
    ['web -> "*"', 'never: "\\"*\\"" is not declared. Write one of "*", web, profiles'],
    ['nightly -> pay', `never: "nightly -> pay", but nightly calls pay, by line 7. ${mend}`],
    ['nightly -> *', 'never: "nightly -> *", but web is public, by line 2.'],
    [
      'admin -> profiles',
      `never: "admin -> profiles", but sweep calls profiles, by line 8, and admin runs as the same account. ${mend}`,
    ],
    ['serch -> profiles', 'never: "serch" is not declared. Did you mean "search"?'],
    ['anonymos -> search', 'never: "anonymos" is not declared. Did you mean "anonymous"?'],
    ['web -> serch', 'never: "serch" is not declared. Did you mean "search"?'],
    ['stranger -> search', 'never: "stranger" is not declared. Write one of "*", anonymous, web, profiles, search,'],
    ['web -> anonymous', 'never: "anonymous" is not declared. Write one of "*", web, profiles, search, admin, pay.'],
    ['pay -> search', 'never: "pay" is an external receiver and calls nobody. Write one of "*", anonymous, web'],
    [
      'web -> nightly',
      'never: "nightly" is a job and has no address. Write one of "*", web, profiles, search, admin, pay.',
    ],
    ['web -> ada', 'never: "ada" is a principal and has no address.'],
    ['web', 'never: entry 1 cannot be "web". Write a list of different calls as CALLER -> RECEIVER'],
    ['web -> ', 'never: entry 1 cannot be "web ->". Write a list'],
    ['web -> search -> admin', 'never: entry 1 cannot be "web -> search -> admin". Write a list'],
    ['web => search', 'never: entry 1 cannot be "web => search". Write a list'],
    ['{ web: search }', 'never: entry 1 is a mapping. Write a list'],
    ['', 'never: entry 1 is empty. Write a list'],
  ])('%s', (never, line) => {
    const [refusal, ...more] = refusals(file(never));
    expect(more).toEqual([]);
    expect(refusal).toMatch(/^14:[35]: /);
    expect(refusal).toContain(line);
  });

  it.each(['- * -> search', '- [* -> search]'])('where an asterisk is not in quotes: %s', (line) => {
    expect(refusals(file('web -> search').replace('- web -> search', line))).toEqual([
      expect.stringMatching(
        /^14:[56]: an asterisk begins an alias in YAML\. Put the text in quotes, such as "\* -> search"\.$/,
      ),
    ]);
  });

  it('twice, however it is spaced', () => {
    expect(refusals(file('web -> search\n  - web->search'))).toEqual([
      '15:5: never: "web -> search" stands twice. Keep one of the two.',
    ]);
    expect(refusals(file('web -> search\n  - web -> search'))).toEqual([
      expect.stringContaining('"never" has the same entry twice. Write a list of different calls'),
    ]);
  });

  it('where access is accepted that it rules out', () => {
    const accepted = (member: string) => `accepted: [{ member: "${member}", on: search, reason: why }]\n`;
    expect(refusals(file('ada -> search', accepted('user:ada@example.com')))).toEqual([
      `14:5: never: "ada -> search", but "user:ada@example.com" is accepted on "search", by line 15. ${mend}`,
    ]);
    expect(refusals(file('ada -> *', accepted('user:ada@example.com')).replace('public: true,', ''))).toEqual([
      expect.stringContaining('never: "ada -> *", but "user:ada@example.com" is accepted on "search", by line 15.'),
    ]);
    expect(() => parseDeclaration(file('ada -> admin', accepted('user:ada@example.com')), 'e.yaml')).not.toThrow();
    expect(() => parseDeclaration(file('ada -> search', accepted('user:bob@example.com')), 'e.yaml')).not.toThrow();
  });

  it('where nobody at all may call, and somebody is accepted', () => {
    expect(refusals(file('"* -> admin"', 'accepted: [{ member: "group:a@b.cd", on: admin, reason: why }]\n'))).toEqual([
      `14:5: never: "* -> admin", but "group:a@b.cd" is accepted on "admin", by line 15. ${mend}`,
    ]);
  });

  it('but what the file does not make possible is read', () => {
    const never = 'web -> search\n  - ada -> *\n  - anonymous -> search\n  - "* -> admin"\n  - admin -> admin';
    const text = file(never).replace('web: { public: true,', 'web: {');
    expect(parseDeclaration(text, 'edges.yaml').never).toEqual([
      { caller: 'web', receiver: 'search' },
      { caller: 'ada', receiver: '*' },
      { caller: 'anonymous', receiver: 'search' },
      { caller: '*', receiver: 'admin' },
      { caller: 'admin', receiver: 'admin' },
    ]);
  });
});
