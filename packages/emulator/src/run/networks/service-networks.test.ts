import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { findServiceNetworks } from './service-networks.ts';

const info = (address: string, prefix: number): NetworkInterfaceInfo =>
  ({ address, cidr: `${address}/${prefix}`, family: address.includes(':') ? 'IPv6' : 'IPv4' }) as NetworkInterfaceInfo;

const interfaces = {
  lo: [info('127.0.0.1', 8)],
  eth0: [info('172.20.0.2', 16)],
  eth1: [info('172.21.0.2', 16), info('fd00:21::2', 64)],
  eth2: [info('172.22.0.2', 16)],
};
const names: Record<string, string> = {
  'login.caller.internal': '172.21.0.2',
  'search.caller.internal': '172.22.0.2',
  'lost.caller.internal': '10.9.9.9',
  'twin.caller.internal': '172.21.0.2',
};
const resolve = async (host: string) => names[host] ?? Promise.reject(new Error('ENOTFOUND'));
const find = (...services: string[]) => findServiceNetworks(services, resolve, interfaces);

test('a caller is known by the network that both ends of its connection are on', async () => {
  const { callerOn } = await find('login', 'search');
  expect(callerOn({ localAddress: '172.21.0.2', remoteAddress: '172.21.0.3' })).toBe('login');
  expect(callerOn({ localAddress: '172.22.0.2', remoteAddress: '172.22.0.3' })).toBe('search');
  expect(callerOn({ localAddress: '::ffff:172.22.0.2', remoteAddress: '::ffff:172.22.0.3' })).toBe('search');
  expect(callerOn({ localAddress: 'fd00:21::2', remoteAddress: 'fd00:21::3' })).toBe('login');
});

test.each([
  ['another network’s address, reached round about', '172.22.0.2', '172.21.0.3'],
  ['a sender that claims another network’s address', '172.21.0.2', '172.22.0.3'],
  ['the network that is published', '172.20.0.2', '172.20.0.1'],
  ['loopback', '127.0.0.1', '127.0.0.1'],
  ['a stranger', '172.21.0.2', '203.0.113.7'],
])('nobody calls from %s', async (_, localAddress, remoteAddress) => {
  const { callerOn } = await find('login', 'search');
  expect(callerOn({ localAddress, remoteAddress })).toBeUndefined();
});

test('a connection that is gone already is nobody’s', async () => {
  expect((await find('login')).callerOn({})).toBeUndefined();
});

test.each(['nowhere', 'lost'])(
  'a service without a network of this machine is told with its alias: %s',
  async (service) => {
    await expect(find('login', service)).rejects.toMatchObject({
      code: 'NETWORK_MISSING',
      message: expect.stringContaining(`${service}.caller.internal`),
      mend: expect.stringContaining('alias'),
    });
  },
);

test('two services on one network are refused', async () => {
  await expect(find('login', 'twin')).rejects.toMatchObject({
    code: 'NETWORK_SHARED',
    message: expect.stringContaining('twin and login'),
  });
});
