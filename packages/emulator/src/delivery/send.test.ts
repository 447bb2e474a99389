import { expect, test } from 'vitest';
import { sendableHeaders } from './send.ts';

test('headers that somebody asks for are sent by lower-case names', () => {
  expect(sendableHeaders({ 'Content-Type': 'text/plain', 'x-mine': '1', 'X-Empty': '' })).toEqual({
    'content-type': 'text/plain',
    'x-mine': '1',
    'x-empty': '',
  });
});

test.each([
  ...['Host', 'content-length', 'Transfer-Encoding', 'Connection', 'TE', 'Trailer', 'Upgrade', 'Keep-Alive', 'Expect'],
  ...['Proxy-Authorization', 'X-Serverless-Authorization', 'Forwarded', 'X-Forwarded-For', 'traceparent', '__proto__'],
  ...['', 'a b', 'a:b', 'a\r\nb', 'ä', 'a\0'],
])('%j is not', (name) => {
  expect(sendableHeaders({ [name]: 'x' })).toEqual({});
});

test.each(['a\r\nX-Evil: 1', 'a\n', '\0', 'ā', 1, null, undefined, ['a']])('a value %j is not', (value) => {
  expect(sendableHeaders({ 'x-mine': value })).toEqual({});
});
