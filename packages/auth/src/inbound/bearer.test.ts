import { describe, expect, test } from 'vitest';
import { findHeader, readBearer } from './bearer.ts';

describe('a header in raw headers', () => {
  test.each([
    [['Authorization', 'x'], 'x'],
    [['A', 'authorization', 'AUTHORIZATION', 'x'], 'x'],
    [['A', 'b', 'authorization', ''], ''],
    [['authorization'], ''],
    [['A', 'authorization'], undefined],
    [['authorizatioN2', 'x'], undefined],
    [['authorizatio', 'x'], undefined],
    [['authorizatiom', 'x'], undefined],
    [[], undefined],
  ])('%j: %j', (rawHeaders, found) => {
    expect(findHeader(rawHeaders, 'authorization')).toBe(found);
  });

  test.each([
    [['authorization', 'x', 'Authorization', 'x']],
    [['authorization', '', 'Authorization', 'x']],
    [['authorization', 'x', 'B', 'c', 'AUTHORIZATION']],
  ])('twice is refused: %j', (rawHeaders) => {
    expect(() => findHeader(rawHeaders, 'authorization')).toThrow(
      expect.objectContaining({ code: 'RUN_AUTH_HEADER_REPEATED' }),
    );
  });
});

describe('a bearer token', () => {
  test.each([
    ['Bearer x', 'x'],
    ['bEARER x.y', 'x.y'],
    ['Bearer    x', 'x'],
    ['Bearer x ', 'x '],
    ['Bearer\tx', 'x'],
    ['bearer \t x', 'x'],
    ['BEARER\t\t', ''],
    ['Bearer ', ''],
    ['Bearer   ', ''],
    ['Bearer \u00a0x', '\u00a0x'],
    ['Bearer ,x', ',x'],
  ])('in %j is %j', (header, token) => {
    expect(readBearer(header)).toBe(token);
  });

  test.each([undefined, ''])('there is none in %j', (header) => {
    expect(() => readBearer(header)).toThrow(expect.objectContaining({ code: 'RUN_AUTH_NO_TOKEN' }));
  });

  test.each([
    'Bearer',
    'Bearer\u00a0x',
    'Bearer\u2003x',
    'Bearer\vx',
    'Bearer\nx',
    'Bearer,x',
    'Bearerx y',
    'Bearex y',
    ' Bearer x',
    'Basic  x',
    'x',
    ' ',
    'bearer-x',
  ])('%j is no header of one', (header) => {
    expect(() => readBearer(header)).toThrow(expect.objectContaining({ code: 'RUN_AUTH_HEADER_MALFORMED' }));
  });
});
