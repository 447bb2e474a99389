import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { platform } from 'node:os';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { findHolders, ownNamespace } from './connection-holders.ts';

async function serverAt(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

async function accepted(server: Server): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => void socket.destroy());
  return socket;
}

const hosts = [
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '127.0.0.1'],
  ['::', '::1'],
  ['127.0.0.1', '::ffff:127.0.0.1'],
] as const;

describe.skipIf(platform() !== 'linux')('who holds the other end of a connection', () => {
  test.each(hosts)('is found: %s, reached at %s', async (listening, host) => {
    const { server, port } = await serverAt(listening);
    const client = connect(port, host);
    onTestFinished(() => void client.destroy());
    expect(findHolders(await accepted(server))).toEqual([ownNamespace()]);
  });

  test('is found in another process', async () => {
    const { server, port } = await serverAt('127.0.0.1');
    const child = spawn(process.execPath, ['-e', `require('node:net').connect(${port}, '127.0.0.1')`]);
    onTestFinished(() => void child.kill());
    expect(findHolders(await accepted(server))).toEqual([ownNamespace()]);
  });

  test('is nobody once it is closed, though this end is still there', async () => {
    const { server, port } = await serverAt('127.0.0.1');
    const client = connect(port, '127.0.0.1');
    const socket = await accepted(server);
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    client.destroy();
    await vi.waitFor(() => expect(findHolders({ localAddress, localPort, remoteAddress, remotePort })).toEqual([]));
  });

  test.each(['127.0.0.2', '127.0.0.1', '::1', '::ffff:127.0.0.1'])('is nobody at %s, where nothing is', (address) => {
    const ends = { localAddress: address, localPort: 9, remoteAddress: address, remotePort: 9 };
    expect(findHolders(ends)).toEqual([]);
  });

  test.each(['192.0.2.7', '2001:db8::7', 'fe80::1%eth0'])(
    'is elsewhere for %s, an address of another machine',
    (remoteAddress) => {
      expect(findHolders({ localAddress: remoteAddress, localPort: 9, remoteAddress, remotePort: 9 })).toBe(
        'elsewhere',
      );
    },
  );

  test('is not whoever has the same ports between other addresses', async () => {
    const { server, port } = await serverAt('127.0.0.1');
    const client = connect(port, '127.0.0.1');
    onTestFinished(() => void client.destroy());
    const { remotePort } = await accepted(server);
    for (const [localAddress, remoteAddress] of [
      ['127.0.0.2', '127.0.0.1'],
      ['127.0.0.1', '127.0.0.2'],
      ['::1', '::1'],
    ] as const)
      expect(findHolders({ localAddress, localPort: port, remoteAddress, remotePort })).toEqual([]);
  });
});
