import { SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { createKeyRing, type KeyRing } from '../../identity/keys/key-ring.ts';
import { createTokenVerifier } from './verified-tokens.ts';

let keys: KeyRing;
beforeAll(async () => {
  keys = await createKeyRing({ now: () => 0 });
});

function signed(header: Record<string, unknown> = {}, claims: Record<string, unknown> = { sub: '1' }) {
  const { kid, privateKey } = keys.current();
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(privateKey);
}
const b64 = (value: string) => Buffer.from(value).toString('base64url');

describe('a token verifier', () => {
  test('gives the claims of a good token, again and again', async () => {
    const verifier = createTokenVerifier(keys);
    const token = await signed();
    expect(verifier.verify(token)).toMatchObject({ claims: { sub: '1' } });
    expect(verifier.verify(token)).toMatchObject({ claims: { sub: '1' } });
  });

  test('a remembered token goes with its key', async () => {
    const ring = await createKeyRing({ now: () => 0 });
    const verifier = createTokenVerifier(ring);
    const { kid, privateKey } = ring.current();
    const token = await new SignJWT({ sub: '1' }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
    expect(verifier.verify(token)).toMatchObject({ claims: { sub: '1' } });
    await ring.rotate();
    expect(verifier.verify(token)).toMatchObject({ claims: { sub: '1' } });
    await ring.rotate({ withdraw: true });
    expect(verifier.verify(token)).toMatchObject({ rule: 'unknown-key' });
  });

  test('keeps no more tokens than it may, and forgets nothing wrong', async () => {
    const verifier = createTokenVerifier(keys, 2);
    const tokens = await Promise.all(['1', '2', '3'].map((sub) => signed({}, { sub })));
    for (const [index, token] of [...tokens, ...tokens].entries())
      expect(verifier.verify(token)).toMatchObject({ claims: { sub: `${(index % 3) + 1}` } });
  });

  test('one changed character of a remembered token is another token', async () => {
    const verifier = createTokenVerifier(keys);
    const token = await signed();
    verifier.verify(token);
    for (let at = 0; at < token.length; at += 7) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      expect(verifier.verify(changed)).not.toHaveProperty('claims');
    }
  });

  test.each([
    ['padding', (token: string) => `${token}=`],
    ['white space', (token: string) => ` ${token}`],
    ['a line break', (token: string) => `${token}\n`],
    ['the alphabet of plain base64', (token: string) => token.replace(/[-_]|.(?=\.)/, '+')],
    ['two parts', (token: string) => token.slice(0, token.lastIndexOf('.'))],
    ['five parts', (token: string) => `${token}.a.b`],
    ['an empty payload', (token: string) => token.replace(/\.[^.]*\./, '..')],
    ['nothing', () => ''],
    ['9 KiB', (token: string) => `${token}${'A'.repeat(9216)}`],
  ])('refuses %s', async (_what, spoil) => {
    expect(createTokenVerifier(keys).verify(spoil(await signed()))).toMatchObject({ rule: 'malformed-token' });
  });

  test.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['no JSON', '{'],
    ['a text', '"RS256"'],
  ])('refuses a header that is %s', (_what, header) => {
    expect(createTokenVerifier(keys).verify(`${b64(header)}.${b64('{}')}.AA`)).toMatchObject({
      rule: 'malformed-token',
    });
  });

  test.each(['none', 'HS256', 'RS512', 'PS256', 'rs256', undefined, ['RS256']])('refuses alg %j', (alg) => {
    const { kid } = keys.current();
    const token = `${b64(JSON.stringify({ alg, kid }))}.${b64('{}')}.AA`;
    expect(createTokenVerifier(keys).verify(token)).toMatchObject({ rule: 'unsupported-algorithm' });
  });

  test('refuses an extension, another key id, a signature that is none', async () => {
    const verifier = createTokenVerifier(keys);
    const { kid } = keys.current();
    const of = (header: object, signature = 'AA') =>
      `${b64(JSON.stringify({ alg: 'RS256', kid, ...header }))}.${b64('{}')}.${signature}`;
    expect(verifier.verify(of({ crit: ['b64'], b64: false }))).toMatchObject({ rule: 'malformed-token' });
    for (const other of ['x', '', 7, null, ['x'], '__proto__'])
      expect(verifier.verify(of({ kid: other }))).toMatchObject({ rule: 'unknown-key' });
    for (const signature of ['', 'AA', 'A'.repeat(342)])
      expect(verifier.verify(of({}, signature))).toMatchObject({ rule: 'bad-signature' });
  });
});
