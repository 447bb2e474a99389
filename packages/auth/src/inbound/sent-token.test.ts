import { describe, expect, test } from 'vitest';
import { tokenReader } from './sent-token.ts';

const AUTHORIZATION = ['Authorization', 'Bearer a'];
const SERVERLESS = ['X-Serverless-Authorization', 'Bearer s'];

describe('one header', () => {
  test.each([
    ['authorization', 'a'],
    ['x-serverless-authorization', 's'],
  ] as const)('%s: its place says nothing', (header, text) => {
    expect(tokenReader(header)([...SERVERLESS, ...AUTHORIZATION])).toEqual({ text, vouched: false });
  });

  test('the other is not looked at', () => {
    expect(() => tokenReader('authorization')(SERVERLESS)).toThrow(
      expect.objectContaining({ code: 'RUN_AUTH_NO_TOKEN' }),
    );
  });
});

describe('what the front end consumed', () => {
  const read = tokenReader('front-end');

  test.each([
    [[...AUTHORIZATION, ...SERVERLESS], { text: 's', vouched: true }],
    [SERVERLESS, { text: 's', vouched: true }],
    [AUTHORIZATION, { text: 'a', vouched: false }],
  ])('of %j is %j', (rawHeaders, sent) => {
    expect(read(rawHeaders)).toEqual(sent);
  });

  test.each([
    ['', 'RUN_AUTH_NO_TOKEN'],
    ['Basic x', 'RUN_AUTH_HEADER_MALFORMED'],
  ])('X-Serverless-Authorization counts when it is there, even as %j', (value, code) => {
    expect(() => read(['X-Serverless-Authorization', value, ...AUTHORIZATION])).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test.each([
    ['Connection', 'authorization'],
    ['CONNECTION', 'close, X-Serverless-AUTHORIZATION'],
    ['connection', 'x,proxy-authorization'],
  ])('%s: %s leaves nobody who was verified', (name, value) => {
    for (const rawHeaders of [
      [name, value, ...SERVERLESS],
      [...AUTHORIZATION, 'Connection', 'close', name, value],
    ])
      expect(() => read(rawHeaders)).toThrow(expect.objectContaining({ code: 'RUN_AUTH_HEADER_NOMINATED' }));
  });

  test.each([
    ['Connection', 'keep-alive'],
    ['Connection', ''],
    ['Connectio', 'authorization'],
    ['Connection2', 'authorization'],
    ['Connectiom', 'authorization'],
    ['X-Note', 'x-serverless-authorization'],
  ])('%s: %s says nothing', (name, value) => {
    expect(read([name, value, ...SERVERLESS])).toEqual({ text: 's', vouched: true });
  });

  test('a name without a value says nothing', () => {
    expect(read([...SERVERLESS, 'Connection'])).toEqual({ text: 's', vouched: true });
  });
});
