import { describe, expect, test } from 'vitest';
import { createCredentialReader } from './credentials.ts';

const read = (...headers: string[]) => createCredentialReader()(headers);
const removed = 'SIGNATURE_REMOVED_BY_GOOGLE';

describe('one token', () => {
  test.each(['Bearer a.b.c', 'bearer a.b.c', 'BEARER\ta.b.c', ' Bearer   a.b.c ', 'Bearer a.b.c '])(
    'is read from %j',
    (value) => {
      expect(read('Authorization', value)).toMatchObject({ kind: 'bearer', header: 'authorization', token: 'a.b.c' });
    },
  );

  test('loses its signature and nothing else on the way', () => {
    expect(read('AUTHORIZATION', 'beareR  a.b.c')).toMatchObject({ stripped: `beareR  a.b.${removed}` });
    expect(read('Authorization', 'Bearer a.b.c.d')).toMatchObject({ stripped: `Bearer a.b.c.${removed}` });
  });
});

describe('X-Serverless-Authorization', () => {
  const own = ['Authorization', 'Bearer a.b.c'];

  test.each([
    ['Bearer x.y.z', { kind: 'bearer', header: 'x-serverless-authorization', token: 'x.y.z' }],
    ['Basic x', { kind: 'not-bearer', header: 'x-serverless-authorization' }],
    ['', { kind: 'none' }],
    ['   ', { kind: 'none' }],
  ])('counts where it is, whatever it holds: %j', (value, credential) => {
    expect(read(...own, 'x-serverless-AUTHORIZATION', value)).toMatchObject(credential);
    expect(read('x-serverless-authorization', value, ...own)).toMatchObject(credential);
  });

  test.each(['x-serverless-authorizatio', 'x-serverless-authorization2', 'y-serverless-authorization'])(
    '%s is another header',
    (name) => {
      expect(read(name, 'Bearer x.y.z', ...own)).toMatchObject({ header: 'authorization', token: 'a.b.c' });
      expect(read(name, 'Bearer x.y.z')).toEqual({ kind: 'none' });
    },
  );
});

describe('no single token', () => {
  test.each([
    ['Bearer', 'not-bearer'],
    ['Bearer,a.b.c', 'not-bearer'],
    // What Unicode takes for a blank, and HTTP does not.
    ['Bearer\u00a0a.b.c', 'not-bearer'],
    ['\u00a0Bearer a.b.c', 'not-bearer'],
    ['Bearer\u000ba.b.c', 'not-bearer'],
    ['Bearer ,a.b.c', 'not-bearer'],
    ['Bearer ,', 'not-bearer'],
    ['Bearer ,,', 'not-bearer'],
    ['Basic a', 'not-bearer'],
    ['Basic', 'not-bearer'],
    ['xBearer a.b.c', 'not-bearer'],
    ['Bearers a.b.c', 'not-bearer'],
    ['a.b.c', 'not-bearer'],
    ['xBearer a.b.c d.e.f', 'not-bearer'],
    ['Bearer a.b.c d.e.f', 'several'],
    [' Bearer  a.b.c d.e.f', 'several'],
    ['Bearer a b', 'several'],
    ['Bearer a.b.c,d.e.f', 'several'],
    ['Bearer a.b.c, Bearer d.e.f', 'several'],
    ['Bearer a.b.c,', 'several'],
  ])('%j is %s', (value, kind) => {
    expect(read('Authorization', value)).toEqual({ kind, header: 'authorization' });
  });

  test('two headers are several, the same or empty ones too, and a value is no name', () => {
    for (const other of ['Bearer a.b.c', '', 'Basic x'])
      expect(read('Authorization', 'Bearer a.b.c', 'X', 'y', 'authorization', other)).toEqual({
        kind: 'several',
        header: 'authorization',
      });
    expect(read('X', 'authorization', 'Y', 'x-serverless-authorization')).toEqual({ kind: 'none' });
  });
});

describe('what is remembered', () => {
  const bearer = (n: number, more = '') => ['Authorization', `Bearer a.${n}${more}.c`];

  test('is the same credential, for a thousand values, and then anew', () => {
    const reader = createCredentialReader();
    const first = reader(bearer(0));
    for (let n = 1; n < 1000; n++) reader(bearer(n));
    expect(reader(bearer(0))).toBe(first);
    reader(bearer(1000));
    expect(reader(bearer(0))).toEqual(first);
    expect(reader(bearer(0))).not.toBe(first);
  });

  test('is no value that is longer than Google’s are', () => {
    const reader = createCredentialReader();
    const length = (total: number) => bearer(1, 'x'.repeat(total - 'Bearer a.1.c'.length));
    expect(reader(length(8193))).not.toBe(reader(length(8193)));
    expect(reader(length(8192))).toBe(reader(length(8192)));
    const one = reader(bearer(1));
    reader(length(8193));
    expect(reader(bearer(1))).toBe(one);
  });
});
