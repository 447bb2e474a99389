import { expect, test } from 'vitest';
import { createCleanUp } from './clean-up.ts';

test('ends the last first, each after the one before it has ended, and each once', async () => {
  const ended: string[] = [];
  const cleanUp = createCleanUp();
  cleanUp.defer(() => ended.push('first'));
  cleanUp.use({ [Symbol.asyncDispose]: async () => void ended.push(await Promise.resolve('second')) });
  cleanUp.defer(() => ended.push('third'));
  await cleanUp[Symbol.asyncDispose]();
  await cleanUp[Symbol.asyncDispose]();
  expect(ended).toEqual(['third', 'second', 'first']);
});

test('what was moved is ended by its new owner alone', async () => {
  const ended: string[] = [];
  const cleanUp = createCleanUp();
  cleanUp.defer(() => ended.push('moved'));
  cleanUp.defer(() => Promise.resolve().then(() => ended.push('before it')));
  const end = cleanUp.move();
  cleanUp.defer(() => ended.push('kept'));
  await cleanUp[Symbol.asyncDispose]();
  expect(ended).toEqual(['kept']);
  await Promise.all([end(), end()]);
  expect(ended).toEqual(['kept', 'before it', 'moved']);
});

test('what fails keeps nothing else from its end, and is told', async () => {
  const fail = (text: string) => () => Promise.reject(new Error(text));
  const ended: string[] = [];
  const one = createCleanUp();
  one.defer(() => ended.push('one'));
  one.defer(fail('busy'));
  await expect(one[Symbol.asyncDispose]()).rejects.toThrow('busy');
  const two = createCleanUp();
  two.defer(fail('a'));
  two.defer(() => ended.push('two'));
  two.defer(fail('b'));
  await expect(two[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [new Error('b'), new Error('a')] });
  expect(ended).toEqual(['one', 'two']);
});
