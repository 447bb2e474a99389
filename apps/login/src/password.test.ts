import { describe, expect, test } from 'vitest';
import { hashPassword, TooBusyError, verifyPassword } from './password.ts';

describe('passwords', () => {
  test('a hash names its cost, and no two are alike', async () => {
    const [first, second] = await Promise.all([hashPassword('secret'), hashPassword('secret')]);
    expect(first).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/);
    expect(first).not.toBe(second);
    expect(await verifyPassword('secret', first)).toBe(true);
    expect(await verifyPassword('Secret', first)).toBe(false);
  });

  test('the same letters typed on another keyboard are the same password', async () => {
    expect(await verifyPassword('Zu\u0308rich', await hashPassword('Zürich'))).toBe(true);
  });

  test.each([undefined, '', 'plain', '$scrypt$ln=1,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA'])(
    'no password belongs to %j',
    async (hash) => {
      expect(await verifyPassword('', hash)).toBe(false);
    },
  );

  test('more than can wait are sent away at once, the others are served', {
    tags: 'slow',
    timeout: 60_000,
  }, async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => verifyPassword('x', undefined)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(2);
    expect(refused[0]?.reason).toBeInstanceOf(TooBusyError);
  });
});
