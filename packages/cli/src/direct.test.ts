import { expect, test } from 'vitest';
import { askThisMachineDirectly } from './direct.ts';

test.each([
  [{}, '127.0.0.1,localhost,::1,[::1]'],
  [{ no_proxy: '', NO_PROXY: '' }, '127.0.0.1,localhost,::1,[::1]'],
  [{ NO_PROXY: 'a.example' }, 'a.example,127.0.0.1,localhost,::1,[::1]'],
  [{ no_proxy: 'b.example', NO_PROXY: 'a.example' }, 'b.example,127.0.0.1,localhost,::1,[::1]'],
])('of %j no proxy is asked for this machine', (env, names) => {
  const changed: NodeJS.ProcessEnv = { ...env };
  askThisMachineDirectly(changed);
  expect(changed).toEqual({ no_proxy: names, NO_PROXY: names });
});
