import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mint, startGoogle } from '../testing/google.ts';
import { createVerifier } from './verifier.ts';

test('a token with any one byte changed is refused', async () => {
  await using google = await startGoogle();
  const verifier = createVerifier({ mode: 'signature', audience: null, allowedCallers: null, jwksUri: google.jwksUri });
  const token = await mint(google.key, { aud: 'https://search.example' });
  await verifier.verify(token);
  const change = fc.tuple(fc.nat(token.length - 1), fc.integer({ min: 0x21, max: 0x7e }));
  await fc.assert(
    fc.asyncProperty(change, async ([index, byte]) => {
      const changed = token.slice(0, index) + String.fromCharCode(byte) + token.slice(index + 1);
      fc.pre(changed !== token);
      await expect(verifier.verify(changed)).rejects.toMatchObject({ statusCode: 401 });
    }),
    { numRuns: 500 },
  );
});

test('the last character of the signature has no second spelling', async () => {
  await using google = await startGoogle();
  const verifier = createVerifier({ mode: 'signature', audience: null, allowedCallers: null, jwksUri: google.jwksUri });
  const token = await mint(google.key, { aud: 'https://search.example' });
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const outcomes = await Promise.allSettled([...alphabet].map((last) => verifier.verify(token.slice(0, -1) + last)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
