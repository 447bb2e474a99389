import { KeyObject, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { createKeyRing, type KeyRing } from '../../identity/keys/key-ring.ts';
import { createTokenVerifier } from './verified-tokens.ts';

let keys: KeyRing;
beforeAll(async () => {
  keys = await createKeyRing({ now: () => 0 });
});

const encoded = (text: string) => Buffer.from(text).toString('base64url');

/** Signs any two texts with Google's own key: what gets refused is refused for its content. */
function signed(payload: string, header: object = {}): string {
  const { kid, privateKey } = keys.current();
  const input = `${encoded(JSON.stringify({ alg: 'RS256', kid, ...header }))}.${encoded(payload)}`;
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), KeyObject.from(privateKey)).toString('base64url')}`;
}

describe('a good signature', () => {
  test('is looked at once: the second time it is remembered', () => {
    const verifier = createTokenVerifier(keys);
    const token = signed('{"sub":"1"}');
    const first = verifier.verify(token);
    expect(first).toMatchObject({ claims: { sub: '1' } });
    expect(verifier.verify(token)).toBe(first);
  });

  test('is forgotten for the newest, the oldest first, and no sooner', () => {
    const verifier = createTokenVerifier(keys, 2);
    const [a = '', b = '', c = ''] = ['1', '2', '3'].map((sub) => signed(JSON.stringify({ sub })));
    const [first, second] = [verifier.verify(a), verifier.verify(b)];
    expect([verifier.verify(a), verifier.verify(b)].map((one, at) => one === [first, second][at])).toEqual([
      true,
      true,
    ]);
    const third = verifier.verify(c);
    expect(verifier.verify(b)).toBe(second);
    expect(verifier.verify(c)).toBe(third);
    expect(verifier.verify(a)).not.toBe(first);
    expect(verifier.verify(a)).toEqual(first);
  });

  test('is remembered by nobody who is to forget', () => {
    const { forgetful } = createTokenVerifier(keys);
    const token = signed('{"sub":"1"}');
    const first = forgetful.verify(token);
    expect(first).toMatchObject({ claims: { sub: '1' } });
    expect(forgetful.verify(token)).toEqual(first);
    expect(forgetful.verify(token)).not.toBe(first);
    expect(forgetful.forgetful).toBe(forgetful);
    expect(createTokenVerifier(keys, 0).verify(token)).toEqual(first);
  });
});

describe('what is refused', () => {
  test.each([
    ['malformed-token', () => 'a.b'],
    ['malformed-token', () => signed('[]')],
    ['malformed-token', () => signed('null')],
    ['malformed-token', () => signed('sub=1')],
    ['malformed-token', () => signed('"text"')],
    ['unknown-key', () => signed('{}', { kid: 'x' })],
    ['unsupported-algorithm', () => signed('{}', { alg: 'RS384' })],
    ['bad-signature', () => signed('{"sub":"1"}').replace(/\.[^.]+\./, `.${encoded('{"sub":"2"}')}.`)],
  ])('as %s is refused again, with its reason', (rule, token) => {
    const verifier = createTokenVerifier(keys);
    const text = token();
    for (let count = 0; count < 2; count++)
      expect(verifier.verify(text)).toEqual({ rule, reason: expect.stringMatching(/\w+ \w+/) });
  });

  test('for its length is longer than 8 KiB, by one character', () => {
    const head = `${encoded(JSON.stringify({ alg: 'RS256', kid: 'x' }))}.e30.`;
    const verify = (length: number) => createTokenVerifier(keys).verify(head.padEnd(length, 'A'));
    expect(verify(8192)).toMatchObject({ rule: 'unknown-key' });
    expect(verify(8193)).toMatchObject({ rule: 'malformed-token' });
  });
});
