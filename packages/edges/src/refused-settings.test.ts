import { describe, expect, it } from 'vitest';
import { refusals } from './testing/refusals.ts';

const envName = 'Use letters, digits and underscores, not starting with a digit.';
const otherName = 'Take it out, or choose another name.';

describe('environment variables are refused', () => {
  const env = (text: string) => `services:\n  login:\n    env: { ${text} }\n  user-profiles: {}\n`;
  it.each([
    ['1A: x', `3:12: login: env: "1A" cannot be the name of an environment variable. ${envName}`],
    ['"A-B": x', `3:12: login: env: "A-B" cannot be the name of an environment variable. ${envName}`],
    ['"A=B": x', `3:12: login: env: "A=B" cannot be the name of an environment variable. ${envName}`],
    ['"": x', `3:12: login: env: "" cannot be the name of an environment variable. ${envName}`],
    ['PORT: "1"', `3:12: login: env sets "PORT", which Cloud Run sets itself. ${otherName}`],
    ['K_SERVICE: x', `3:12: login: env sets "K_SERVICE", which Cloud Run sets itself. ${otherName}`],
    ['K_REVISION: x', `3:12: login: env sets "K_REVISION", which Cloud Run sets itself. ${otherName}`],
    ['K_CONFIGURATION: x', `3:12: login: env sets "K_CONFIGURATION", which Cloud Run sets itself. ${otherName}`],
    ['CLOUD_RUN_JOB: x', `3:12: login: env sets "CLOUD_RUN_JOB", which Cloud Run sets itself. ${otherName}`],
    ...[
      'GCE_METADATA_HOST',
      'GCE_METADATA_IP',
      'GCE_METADATA_ROOT',
      'METADATA_SERVER_DETECTION',
      'GOOGLE_APPLICATION_CREDENTIALS',
      'GOOGLE_CERTS_URL',
      'PLAIN_HTTP_HOSTS',
    ].map((name): [string, string] => [
      `${name}: x`,
      `3:12: login: env sets "${name}", which decides who the service is, or whom it believes: only the platform sets it. ${otherName}`,
    ]),
    [
      'X_GOOGLE_A: x',
      `3:12: login: env sets "X_GOOGLE_A", which Cloud Run refuses: X_GOOGLE_ is reserved. ${otherName}`,
    ],
    ['SERVICE_URL: x', `3:12: login: env sets "SERVICE_URL", which holds the service's own address. ${otherName}`],
    [
      'ALLOWED_CALLERS: x',
      `3:12: login: env sets "ALLOWED_CALLERS", which holds the callers that are declared. ${otherName}`,
    ],
    [
      'USER_PROFILES_URL: x',
      `3:12: login: env sets "USER_PROFILES_URL", which holds the address of user-profiles. ${otherName}`,
    ],
    ['LOGIN_URL: x', `3:12: login: env sets "LOGIN_URL", which holds the address of login. ${otherName}`],
    ['A: 8080', '3:15: login: env.A is 8080. Put it in quotes: "8080".'],
    ['A: true', '3:15: login: env.A is true. Put it in quotes: "true".'],
    ['A: ', '3:12: login: env.A is empty. Write a mapping from names to strings, such as LOG_LEVEL: "debug".'],
    ['A: [x]', '3:15: login: env.A is a list. Write a mapping from names to strings, such as LOG_LEVEL: "debug".'],
    [
      'A: "\\0"',
      '3:15: login: env.A cannot be "\\u0000". Write a mapping from names to strings, such as LOG_LEVEL: "debug".',
    ],
  ])('%s', (text, line) => {
    expect(refusals(env(text))).toEqual([line]);
  });

  it('that are a list', () => {
    expect(refusals('services: { login: { env: [A=1] } }')).toEqual([
      expect.stringContaining('1:27: login: env is a list.'),
    ]);
  });
});

describe('other settings are refused', () => {
  it.each([
    ['public: yes', '1:30: login: public is the text "yes". Write true or false.'],
    ['public: 1', '1:30: login: public is 1. Write true or false.'],
    ['public: ', '1:22: login: public is empty. Write true or false.'],
    ['ingress: internl', '1:31: login: ingress cannot be "internl". Did you mean "internal"?'],
    [
      'ingress: none',
      '1:31: login: ingress cannot be "none". Write one of all, internal, internal-and-cloud-load-balancing.',
    ],
    [
      'source: ""',
      '1:30: login: source is empty. Write the folder of the app, relative to this file, in visible characters; ~ is not a home folder here.',
    ],
    [
      'source: "a\\0b"',
      '1:30: login: source cannot be "a\\u0000b". Write the folder of the app, relative to this file, in visible characters; ~ is not a home folder here.',
    ],
    ...['~/apps', '~root', 'a\\nb', 'a\\e[31m', 'a\\u202eb', 'a\\u2028b'].map((source): [string, string] => [
      `source: "${source}"`,
      `1:30: login: source cannot be "${source.replace('\\e', '\\u001b')}". Write the folder of the app, relative to this file, in visible characters; ~ is not a home folder here.`,
    ]),
    ['minInstances: -1', '1:36: login: minInstances cannot be -1. Write a whole number, 0 or more.'],
    ['minInstances: 0.5', '1:36: login: minInstances is 0.5. Write a whole number, 0 or more.'],
    ['maxInstances: 0', '1:36: login: maxInstances cannot be 0. Write a whole number, 1 or more.'],
    ['maxInstances: .inf', '1:36: login: maxInstances is Infinity. Write a whole number, 1 or more.'],
    ['maxInstances: "3"', '1:36: login: maxInstances is the text "3". Write a whole number, 1 or more.'],
    ['concurrency: 0', '1:35: login: concurrency cannot be 0. Write a whole number from 1 to 1000.'],
    ['concurrency: 1001', '1:35: login: concurrency cannot be 1001. Write a whole number from 1 to 1000.'],
    ['concurrency: .nan', '1:35: login: concurrency is NaN. Write a whole number from 1 to 1000.'],
    ['http2: yes', '1:29: login: http2 is the text "yes". Write true or false.'],
    ['http2: 2', '1:29: login: http2 is 2. Write true or false.'],
    ['http2: ', '1:22: login: http2 is empty. Write true or false.'],
    ['http2: [true]', '1:29: login: http2 is a list. Write true or false.'],
    ['http-2: true', '1:22: unknown key "http-2" in login. Did you mean "http2"?'],
    ['call: [login]', '1:22: unknown key "call" in login. Did you mean "calls"?'],
    ['service_account: x', '1:22: unknown key "service_account" in login. Did you mean "serviceAccount"?'],
    ['Public: true', '1:22: unknown key "Public" in login. Did you mean "public"?'],
  ])('%s', (setting, line) => {
    expect(refusals(`services: { login: { ${setting} } }`)).toEqual([line]);
  });

  it('an unknown key that is near to none', () => {
    expect(refusals('services: { login: { memory: 1Gi } }')).toEqual([
      '1:22: unknown key "memory" in login. Known here: public, calls, serviceAccount, source, command, ingress, audiences, env, ' +
        'minInstances, maxInstances, concurrency, http2, image, build, regions, owner.',
    ]);
  });

  it.each(['[""]', '["a b"]', '[a, a]', '[1]', 'a', '["\\n"]', '[é]'])('audiences: %s', (audiences) => {
    expect(refusals(`services: { login: { audiences: ${audiences} } }`)).toEqual([
      expect.stringContaining('Write a list of different audiences without spaces'),
    ]);
  });

  it.each([
    [
      'minInstances: 3, maxInstances: 2',
      '1:53: login: maxInstances 2 is less than minInstances 3. Raise maxInstances to 3',
    ],
    [
      'minInstances: 101',
      '1:36: login: maxInstances 100 (the default) is less than minInstances 101. Raise maxInstances to 101',
    ],
  ])('%s', (settings, line) => {
    expect(refusals(`services: { login: { ${settings} } }`)).toEqual([expect.stringContaining(line)]);
  });

  it.each(['', 'null', '[]', 'true', 'text'])('%j for a whole service', (value) => {
    expect(refusals(`services: { login: ${value} }`)).toEqual([
      expect.stringMatching(/^1:\d+: login is .*\. Write "login: \{\}" to take every default\.$/),
    ]);
  });

  it('a setting that stands beside its service instead of below it', () => {
    expect(refusals('services:\n  login:\n  public: true\n  calls: [search]\n')).toEqual([
      expect.stringContaining('login is empty. Write "login: {}" to take every default.'),
      expect.stringMatching(/^3:\d+: public is true\. If public is a setting of the service above it, indent it/),
      expect.stringMatching(/^4:\d+: calls is a list\. If calls is a setting of the service above it, indent it/),
    ]);
  });
});
