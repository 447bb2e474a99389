import { type Addresses, environmentOf, parseDeclaration } from '@run-edges/edges';
import { expect, test } from 'vitest';
import { everybodyCalls } from './everybody-calls.ts';

const declaration = parseDeclaration(
  `
services:
  login: { public: true, calls: [search], serviceAccount: login-own }
  search: { ingress: internal }
  mail: { calls: [{ to: search, paths: [/find] }] }
jobs: { nightly: {} }
workerPools: { sweeper: {} }
principals: { crew: { member: "user:crew@example.com" } }
external: { payments: { url: "https://payments.example.com", audience: payments } }
never: [login -> mail]
`,
  'edges.yaml',
);
const addresses: Addresses = { urlOf: (name) => `http://${name}`, emailOf: (name) => `${name}@example.com` };
const told = (name: string) => environmentOf(everybodyCalls(declaration), name, addresses);

test('every caller is told every receiver but itself, and every receiver who all are', () => {
  const all = { LOGIN_URL: 'http://login', SEARCH_URL: 'http://search', MAIL_URL: 'http://mail' };
  const payments = { PAYMENTS_URL: 'https://payments.example.com', PAYMENTS_AUDIENCE: 'payments' };
  for (const job of ['nightly', 'sweeper']) expect(told(job)).toEqual({ ...all, ...payments });
  const { SEARCH_URL: _, ...others } = all;
  const callers = ['login', 'mail', 'nightly', 'sweeper'].map((name) => `${name}@example.com`);
  expect(told('search')).toEqual({
    ...others,
    ...payments,
    SERVICE_URL: 'http://search',
    ALLOWED_CALLERS: [...callers, 'crew@example.com'].join(','),
  });
});

test('nothing else changes, and it is made once', () => {
  const all = everybodyCalls(declaration);
  expect(everybodyCalls(declaration)).toBe(all);
  const without = (one: object) =>
    JSON.parse(JSON.stringify(one, (key, value) => (['calls', 'limits'].includes(key) ? undefined : value)));
  expect(without(all)).toEqual(without(declaration));
  expect(declaration.services[2]?.limits).toEqual({ search: { paths: ['/find'] } });
});
