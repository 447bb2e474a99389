import { expect, test } from 'vitest';
import { noProxy } from './no-proxy.ts';

const OWN = '127.0.0.1,localhost,::1';

test.each([
  [{}, [], OWN],
  [{ no_proxy: '', NO_PROXY: '' }, [], OWN],
  [{ NO_PROXY: 'a.example' }, [], `a.example,${OWN}`],
  [{ no_proxy: 'b.example', NO_PROXY: 'a.example' }, [], `b.example,${OWN}`],
  [{ no_proxy: ' .example , localhost,, ' }, [], '.example,localhost,127.0.0.1,::1'],
  [{ NO_PROXY: '*' }, [], `*,${OWN}`],
  [{ NO_PROXY: 'a.example' }, ['10.0.0.1', '127.0.0.1'], `a.example,${OWN},10.0.0.1`],
  [{ NO_PROXY: '[::1]' }, [], OWN],
  [{ NO_PROXY: '[::1]' }, ['[::1]'], `${OWN},[::1]`],
])('of %j, with the hosts %j', (env, hosts, names) => {
  expect(noProxy(env, ...hosts)).toEqual({ NO_PROXY: names, no_proxy: names });
});
