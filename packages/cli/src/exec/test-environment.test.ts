import { expect, test } from 'vitest';
import { testEnvironment } from './test-environment.ts';

const named = (...names: readonly string[]) =>
  names.map((name, at) => ({ name, url: `http://127.0.0.1:${9000 + at}` })) as never;
const cloud = {
  url: 'http://127.0.0.1:8080',
  developerToken: 'token',
  services: named(),
  external: named(),
  urlOf: (name: string) => `http://gate.of/${name}`,
  env: () => ({}),
};

test('every gate is told, whoever owns the receiver; one of another region is not', () => {
  const services = named('user-profiles', 'europe-west1/user-profiles', 'search');
  expect(testEnvironment({ ...cloud, services, external: named('payments') }, {})).toEqual({
    USER_PROFILES_URL: 'http://gate.of/user-profiles',
    SEARCH_URL: 'http://gate.of/search',
    PAYMENTS_URL: 'http://gate.of/payments',
    RUN_EDGES_URL: 'http://127.0.0.1:8080',
    RUN_EDGES_TOKEN: 'token',
    NO_PROXY: '127.0.0.1,localhost,::1',
    no_proxy: '127.0.0.1,localhost,::1',
  });
});

test('by production addresses, what programs take them by', () => {
  const env = () => ({ HTTPS_PROXY: 'http://127.0.0.1:5', NO_PROXY: 'kept', no_proxy: 'kept' });
  expect(testEnvironment({ ...cloud, env }, { NO_PROXY: 'run.app' })).toMatchObject({
    HTTPS_PROXY: 'http://127.0.0.1:5',
    NO_PROXY: 'kept,127.0.0.1,localhost,::1',
    RUN_EDGES_URL: cloud.url,
  });
});

test('no service takes the place of the emulator', () => {
  expect(testEnvironment({ ...cloud, services: named('run-edges') }, {})).toMatchObject({ RUN_EDGES_URL: cloud.url });
});

test.each([
  ['http://127.0.0.1:8080', { NO_PROXY: 'a.example,[::1]' }, 'a.example,127.0.0.1,localhost,::1'],
  ['http://[::1]:8080', {}, '127.0.0.1,localhost,::1,[::1]'],
  ['http://devbox:8080', { no_proxy: 'b.example' }, 'b.example,127.0.0.1,localhost,::1,devbox'],
])('no proxy is asked for %s, in words that every program reads', (url, env, names) => {
  expect(testEnvironment({ ...cloud, url }, env)).toMatchObject({ NO_PROXY: names, no_proxy: names });
});
