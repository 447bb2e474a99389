import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPassThrough, isPublicAddress, type World } from './pass-through.ts';

/** Stands for the world outside. */
let outside: Server;
let asked: string[] = [];
beforeAll(async () => {
  outside = createServer((_request, response) => response.end('from outside')).listen(0, '127.0.0.1');
  await once(outside, 'listening');
});
afterAll(() => outside.close());

const world = (...addresses: readonly string[]): World => {
  asked = [];
  return {
    lookup: async (host) => {
      asked.push(host);
      return addresses.map((address) => ({ address }));
    },
    connect: (address, port) => {
      asked.push(`${address} ${port}`);
      return connect((outside.address() as AddressInfo).port, '127.0.0.1');
    },
  };
};

test('a public name is asked at the address that it was looked at', async () => {
  const socket = await createPassThrough(world('93.184.216.34'))('example.com', 443);
  expect(asked).toEqual(['example.com', '93.184.216.34 443']);
  socket?.end('GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n');
  expect(socket && (await text(socket))).toContain('from outside');
});

test.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '192.168.0.1', '100.64.0.1', '::1', 'fe80::1', 'fd00::1'])(
  'a name that means %s is asked for nothing, whatever else it means',
  async (address) => {
    expect(await createPassThrough(world('93.184.216.34', address))('example.com', 443)).toBeUndefined();
    expect(asked).toEqual(['example.com']);
  },
);

test.each([
  ['localhost', 443],
  ['a.localhost', 443],
  ['metadata.google.internal', 80],
  ['printer.local', 443],
  ['metadata', 80],
  ['127.0.0.1', 443],
  ['2130706433', 443],
  ['0x7f.1', 443],
  ['93.184.216.34', 443],
  ['example.com', 22],
  ['example.com', 8080],
  ['', 443],
])('%s at port %i is not even looked up', async (host, port) => {
  expect(await createPassThrough(world('93.184.216.34'))(host, port)).toBeUndefined();
  expect(asked).toEqual([]);
});

test('a name that means nothing, and a host that does not answer, are none', async () => {
  expect(await createPassThrough(world())('example.com', 443)).toBeUndefined();
  const refusing = { ...world('93.184.216.34'), connect: () => connect(1, '127.0.0.1') };
  expect(await createPassThrough(refusing)('example.com', 443)).toBeUndefined();
  const unknown = { ...world(), lookup: () => Promise.reject(new Error('ENOTFOUND')) };
  expect(await createPassThrough(unknown)('example.com', 443)).toBeUndefined();
});

describe('public', () => {
  test.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '2a00:1450::1'])('is %s', (address) =>
    expect(isPublicAddress(address)).toBe(true),
  );
  test('is not an address of this machine’s own', () => expect(isPublicAddress('8.8.8.8', ['8.8.8.8'])).toBe(false));
  test.each([
    ...['0.0.0.0', '127.8.8.8', '10.0.0.1', '172.31.0.1', '169.254.1.1', '224.0.0.1', '255.255.255.255', '198.18.0.1'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:1::', 'ff02::1'],
    ...['fc00::1', 'fe80::1%eth0', 'example.com', ''],
  ])('is not %j', (address) => expect(isPublicAddress(address)).toBe(false));
});
