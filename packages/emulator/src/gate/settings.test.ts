import { describe, expect, test } from 'vitest';
import { resolveGateSettings } from './settings.ts';

describe('settings of the gates', () => {
  test('what is not said is as Cloud Run has it', () => {
    expect(resolveGateSettings()).toMatchObject({
      requestTimeout: 300_000,
      queueWait: 10_000,
      maxRequestBytes: 32 * 1024 * 1024,
      expiryLeeway: 0,
      stripAuthorization: true,
    });
    expect(resolveGateSettings({ clockSkew: 5 })).toEqual({ ...resolveGateSettings(), clockSkew: 5 });
  });

  test.each<[string, Record<string, unknown>]>([
    ['nonsense', { nonsense: 1 }],
    ['constructor', { constructor: 1 }],
    ['requestTimeout', { requestTimeout: 3_600_001 }],
    ['requestTimeout', { requestTimeout: 0 }],
    ['queueWait', { queueWait: -1 }],
    ['expiryLeeway', { expiryLeeway: '5' }],
    ['stripAuthorization', { stripAuthorization: 1 }],
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
