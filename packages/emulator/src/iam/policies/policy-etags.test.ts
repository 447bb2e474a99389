import { expect, test } from 'vitest';
import { createPolicyStore } from './policy-store.ts';

test('an etag is the same in both alphabets of base64, as gcloud sends it back', () => {
  const store = createPolicyStore({ elapsed: () => 0, delay: () => 0 });
  for (let write = 0; write < 200; write++) {
    const { etag } = store.write('project', { bindings: [] });
    expect(Buffer.from(etag, 'base64').toString('base64url')).toBe(etag);
  }
});
