import { describe, expect, test } from 'vitest';
import { resolveGateSettings } from './settings.ts';

describe('settings of the gates', () => {
  test('what is not said is as Cloud Run has it', () => {
    expect(resolveGateSettings()).toMatchObject({
      requestTimeout: 300_000,
      queueWait: 10_000,
      maxRequestBytes: 32 * 1024 * 1024,
      expiryLeeway: 0,
      stripAuthorization: 'users',
    });
    expect(resolveGateSettings({ clockSkew: 5 })).toEqual({ ...resolveGateSettings(), clockSkew: 5 });
  });

  test('the signature in Authorization goes always, from users or never; true and false say the first and the last', () => {
    for (const [said, understood] of [
      ['always', 'always'],
      ['users', 'users'],
      ['never', 'never'],
      [true, 'always'],
      [false, 'never'],
    ] as const)
      expect(resolveGateSettings({ stripAuthorization: said }).stripAuthorization).toBe(understood);
  });

  test.each<[string, Record<string, unknown>]>([
    ['nonsense', { nonsense: 1 }],
    ['constructor', { constructor: 1 }],
    ['requestTimeout', { requestTimeout: 3_600_001 }],
    ['requestTimeout', { requestTimeout: 0 }],
    ['queueWait', { queueWait: -1 }],
    ['expiryLeeway', { expiryLeeway: '5' }],
    ['stripAuthorization', { stripAuthorization: 1 }],
    ['stripAuthorization', { stripAuthorization: 'ever' }],
    ['reservedPaths', { reservedPaths: '/healthz' }],
    ['network', { internal: { network: [] } }],
    ['networks', { internal: { networks: '10.0.0.0/8' } }],
    ['tags', { services: { search: { tags: 'blue' } } }],
    ['ingress', { services: { search: { ingress: 'none' } } }],
    ['concurrency', { services: { search: { concurrency: 1001 } } }],
  ])('%s is named where it is wrong: %j', (name, settings) => {
    expect(() => resolveGateSettings(settings)).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining(name) }),
    );
  });
});
