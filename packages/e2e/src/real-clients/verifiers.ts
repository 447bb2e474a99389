import { expect } from 'vitest';
import type { Output } from './run-program.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';

const AUDIENCE = 'https://a.example';

/**
 * A verifying program takes a token of login by the emulator's certificates, and refuses it for another audience,
 * with another signature, and from somebody else's emulator.
 */
export async function expectVerification(
  { cloud }: SmallCloud,
  certificates: string,
  verify: (args: readonly string[], token: string) => Promise<Output>,
): Promise<void> {
  await using other = await startSmallCloud();
  const good = await cloud.idToken('login', AUDIENCE);
  const url = `${cloud.url}${certificates}`;
  const [accepted, ...refused] = await Promise.all([
    verify([AUDIENCE, url], good),
    verify(['https://b.example', url], good),
    verify([AUDIENCE, url], `${good.slice(0, -8)}AAAAAAAA`),
    verify([AUDIENCE, url], await other.cloud.idToken('login', AUDIENCE)),
  ]);
  const { serviceAccount } = cloud.service('login').listed();
  expect(accepted).toEqual({ code: 0, stdout: `${serviceAccount}\n`, stderr: '' });
  for (const { code, stdout } of refused) {
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
  }
}
