import { describe, expect, test } from 'vitest';
import { ingressRule } from './ingress.ts';

const inside = { address: '10.1.2.3', ofProject: false };
const outside = { address: '203.0.113.9', ofProject: false };
const project = { address: '203.0.113.9', ofProject: true };

describe('ingressRule', () => {
  const rule = ingressRule({ networks: ['10.0.0.0/8', 'fd00::/8', '192.0.2.7'], loadBalancers: ['198.51.100.0/24'] });

  test.each([
    ['all', outside, true],
    ['internal', outside, false],
    ['internal', inside, true],
    ['internal', project, true],
    ['internal', { address: '11.0.0.1', ofProject: false }, false],
    ['internal', { address: 'fd12::1', ofProject: false }, true],
    ['internal', { address: 'fe80::1', ofProject: false }, false],
    ['internal', { address: '192.0.2.7', ofProject: false }, true],
    ['internal', { address: '192.0.2.8', ofProject: false }, false],
    ['internal', { address: '198.51.100.1', ofProject: false }, false],
    ['internal', { address: undefined, ofProject: false }, false],
    ['internal', { address: '', ofProject: false }, false],
    ['internal', { address: 'nonsense', ofProject: false }, false],
    ['internal-and-cloud-load-balancing', { address: '198.51.100.1', ofProject: false }, true],
    ['internal-and-cloud-load-balancing', inside, true],
    ['internal-and-cloud-load-balancing', outside, false],
  ] as const)('%s for %j: %s', (ingress, origin, expected) => {
    expect(rule(ingress, origin)).toBe(expected);
  });

  test('tokens count only where they may', () => {
    expect(ingressRule({ projectTokens: false })('internal', project)).toBe(false);
  });

  test.each(['x', '', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/x', '10.0.0/8', 'fd00::/200'])(
    '%j is no network',
    (network) => {
      expect(() => ingressRule({ networks: [network] })).toThrow('gate.internal.networks');
      expect(() => ingressRule({ networks: [network] })).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }));
      expect(() => ingressRule({ loadBalancers: [network] })).toThrow('gate.internal.loadBalancers');
    },
  );
});
