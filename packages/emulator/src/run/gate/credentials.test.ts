import { describe, expect, test } from 'vitest';
import { createCredentialReader } from './credentials.ts';

const one = 'Bearer aaa.bbb.ccc';
const other = 'Bearer aaa.bbb.ddd';

describe('a credential reader', () => {
  test('tells the same of a value that it has seen, whatever came between', () => {
    const read = createCredentialReader();
    const first = read(['Authorization', one]);
    expect(first).toEqual({
      kind: 'bearer',
      header: 'authorization',
      token: 'aaa.bbb.ccc',
      stripped: 'Bearer aaa.bbb.SIGNATURE_REMOVED_BY_GOOGLE',
    });
    expect(read(['Authorization', one])).toBe(first);
    expect(read(['Authorization', other])).toMatchObject({ token: 'aaa.bbb.ddd' });
    expect(read(['Authorization', one])).toBe(first);
  });

  test('knows in which header the same value stands, in turn', () => {
    const read = createCredentialReader();
    for (let count = 0; count < 2; count++) {
      expect(read(['authorization', one])).toMatchObject({ header: 'authorization' });
      expect(read(['X-Serverless-Authorization', one])).toMatchObject({ header: 'x-serverless-authorization' });
    }
  });

  test('keeps nothing of what is no single token', () => {
    const read = createCredentialReader();
    for (const value of ['Basic x', '', 'Bearer', `${one} ${other}`, `${one}, ${other}`]) {
      expect(read(['Authorization', value]).kind).not.toBe('bearer');
      expect(read(['Authorization', value]).kind).not.toBe('bearer');
    }
    expect(read(['Authorization', one, 'authorization', one])).toEqual({ kind: 'several', header: 'authorization' });
    expect(read([])).toEqual({ kind: 'none' });
  });
});
