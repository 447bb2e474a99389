import { describe, expect, it } from 'vitest';
import { takenNames } from './internal/taken-variables.ts';
import { refusals } from './testing/refusals.ts';

const otherName = `Choose another name. So are taken: ${takenNames.join(', ')}.`;

const nameRule =
  'Use lower-case letters, digits and hyphens: a letter first, no hyphen last, at most 49 characters in all.';
const accountRule =
  'Write an account id, the part before the @: 6 to 30 lower-case letters, digits or hyphens, a letter first, ' +
  'no hyphen last, neither "anonymous" nor "stranger".';

describe('names of services are refused', () => {
  it.each([
    ['Login', `Did you mean "login"? ${nameRule}`],
    ['user_profiles', `Did you mean "user-profiles"? ${nameRule}`],
    ['login-', `Did you mean "login"? ${nameRule}`],
    ['-login', `Did you mean "login"? ${nameRule}`],
    ['2login', `Did you mean "login"? ${nameRule}`],
    ['log in', `Did you mean "log-in"? ${nameRule}`],
    ['a/b~c', `Did you mean "a-b-c"? ${nameRule}`],
    ['', nameRule],
    ['123', nameRule],
    ['x'.repeat(50), nameRule],
    ['ログイン', nameRule],
    ['login\\n', `Did you mean "login"? ${nameRule}`],
  ])('%j', (name, mend) => {
    const lines = refusals(`services:\n  "${name}": { serviceAccount: some-account }\n`);
    expect(lines).toEqual([`2:3: "${name}" cannot be the name of a Cloud Run service. ${mend}`]);
  });

  it.each(['anonymous', 'stranger'])('%s is reserved', (name) => {
    expect(refusals(`services: { ${name}: {} }`)).toEqual([
      `1:13: the service name "${name}" is reserved: it stands for a caller in the matrix. Choose another name.`,
    ]);
  });

  it('one whose URL variable has another meaning', () => {
    expect(refusals('services: { service: {} }')).toEqual([
      `1:13: the URL of service would be in SERVICE_URL, which is taken by a service's own address. ${otherName}`,
    ]);
  });

  it('one whose URL would be taken for the keys of Google', () => {
    expect(refusals('services: { google-certs: {} }')).toEqual([
      "1:13: the URL of google-certs would be in GOOGLE_CERTS_URL, which is taken by the address of Google's keys. " +
        otherName,
    ]);
  });

  it('two whose URL variable is the same', () => {
    expect(refusals('services:\n  a-b: {}\n  a_b: {}\n')).toContain(
      '3:3: the URL of a_b would be in A_B_URL, which is taken by a-b. Choose another name.',
    );
  });
});

describe('calls are refused', () => {
  const three = (calls: string) => `services:\n  login:\n    calls: ${calls}\n  search: {}\n  mail: {}\n`;
  it.each([
    ['[serch]', '3:13: login calls "serch", which is not declared. Did you mean "search"?'],
    ['[search, Mail]', '3:21: login calls "Mail", which is not declared. Did you mean "mail"?'],
    [
      '[billing]',
      '3:13: login calls "billing", which is not declared. Declare it too, or take it out. Declared: search, mail.',
    ],
    [
      '[__proto__]',
      '3:13: login calls "__proto__", which is not declared. Declare it too, or take it out. Declared: search, mail.',
    ],
    [
      '[anonymous]',
      '3:13: login calls "anonymous", which is not declared. Declare it too, or take it out. Declared: search, mail.',
    ],
    ['[search, mail, search]', '3:27: login calls "search" twice. Take one of the two out.'],
    ['search', '3:12: login: calls is the text "search". Write a list of names of services, such as [search].'],
    ['', '3:5: login: calls is empty. Write a list of names of services, such as [search].'],
    ['{ search: true }', '3:12: login: calls is a mapping. Write a list of names of services, such as [search].'],
    ['[1]', '3:13: login: an entry of calls is 1. Write a list of names of services, such as [search].'],
    ['[[search]]', '3:13: login: an entry of calls is a list. Write a list of names of services, such as [search].'],
  ])('%s', (calls, line) => {
    expect(refusals(three(calls))).toEqual([line]);
  });

  it('with no other service to name', () => {
    expect(refusals('services: { login: { calls: [search] } }')).toEqual([
      '1:30: login calls "search", which is not declared. Declare it too, or take it out. No other service is declared.',
    ]);
  });
});

describe('service accounts are refused', () => {
  it.each([
    ['short', '"short", which is too short'],
    ['x'.repeat(31), `"${'x'.repeat(31)}", which is too long`],
    ['anonymous', '"anonymous", which is reserved'],
    ['stranger', '"stranger", which is reserved'],
  ])('%s', (account, fault) => {
    const text = `services:\n  login:\n    serviceAccount: ${account}\n`;
    expect(refusals(text)).toEqual([`3:21: login: serviceAccount is ${fault}. ${accountRule}`]);
  });

  it.each(['Login-Run', 'login_run', 'login-run-', '1login-run', 'login@demo.iam', 'login run'])('%s', (account) => {
    const text = `services:\n  login:\n    serviceAccount: ${account}\n`;
    expect(refusals(text)).toEqual([`3:21: login: serviceAccount cannot be "${account}". ${accountRule}`]);
  });

  it.each([
    ['""', 'is empty'],
    ['', 'is empty'],
    ['123456', 'is 123456'],
    ['[login-run]', 'is a list'],
  ])('of a wrong type: %s', (account, fault) => {
    expect(refusals(`services: { login: { serviceAccount: ${account} } }`)).toEqual([
      expect.stringContaining(`login: serviceAccount ${fault}. ${accountRule}`),
    ]);
  });

  it('a default that is too long asks that service for an explicit one', () => {
    const name = 'x'.repeat(27);
    expect(refusals(`services:\n  ${name}: {}\n`)).toEqual([
      `2:3: ${name} would run as "${name}-run", which is longer than the 30 characters of an account id. ` +
        `Give ${name} an explicit serviceAccount of 6 to 30 characters.`,
    ]);
  });

  it('a default that is too short asks that service for an explicit one', () => {
    expect(refusals('services: { a: {} }')).toEqual([
      expect.stringContaining('1:13: a would run as "a-run", which is shorter'),
    ]);
  });
});
