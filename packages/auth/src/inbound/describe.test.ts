import { expect, describe as suite, test } from 'vitest';
import { describe, shorten } from './describe.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const about = (payload: string, header = '{}') =>
  describe({ header: encode(header), payload: encode(payload), signature: 'x' });

suite('what a refused token says of itself', () => {
  test('is told', () => {
    const payload = { sub: '1', email: 'a@b.example', aud: 'https://x.example', iss: 'https://accounts.google.com' };
    expect(about(JSON.stringify(payload), '{"kid":"k"}')).toEqual({
      subject: '1',
      email: 'a@b.example',
      audience: 'https://x.example',
      issuer: 'https://accounts.google.com',
      keyId: 'k',
    });
  });

  test.each([
    ['{}', {}],
    ['{"aud":["a","b"]}', { audience: '["a","b"]' }],
    ['{"aud":null}', { audience: 'null' }],
    ['{"sub":1,"email":{},"iss":[]}', {}],
    ['no JSON', {}],
    ['null', {}],
    ['{"__proto__":{"sub":"1"}}', {}],
  ])('as far as %s can be read', (payload, told) => {
    expect(about(payload)).toEqual(told);
  });

  test('not at all where it is no UTF-8', () => {
    const payload = Buffer.from([0xff, 0xfe]).toString('base64url');
    expect(describe({ header: payload, payload, signature: 'x' })).toEqual({});
  });

  test('is no longer than a line', () => {
    const long = 'x'.repeat(10_000);
    const names = { sub: long, email: long, aud: long, iss: long };
    for (const told of Object.values(about(JSON.stringify(names), JSON.stringify({ kid: long }))))
      expect(told).toBe(`${'x'.repeat(255)}…`);
    expect(shorten('x'.repeat(256))).toBe('x'.repeat(256));
  });

  test('and a key id that is no text is not told', () => {
    expect(about('{}', '{"kid":1}')).toEqual({});
  });
});
