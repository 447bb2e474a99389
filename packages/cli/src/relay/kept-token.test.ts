import { expect, test } from 'vitest';
import { keptToken } from './kept-token.ts';

test('a token is asked for once, for all that want it, and again before it ends', async () => {
  let time = 0;
  let asked = 0;
  const token = keptToken(
    async () => `${++asked}`,
    () => time,
  );
  expect(await Promise.all([token(), token()])).toEqual(['1', '1']);
  time = 299_999;
  expect(await token()).toBe('1');
  time = 300_000;
  expect(await token()).toBe('2');
});

test('where asking failed, the next one asks again', async () => {
  const answers = [Promise.reject(new Error('no')), Promise.resolve('yes')];
  const token = keptToken(() => answers.shift() as Promise<string>);
  await expect(token()).rejects.toThrow('no');
  expect(await token()).toBe('yes');
});
