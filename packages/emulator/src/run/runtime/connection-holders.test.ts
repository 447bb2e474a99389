import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
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
    expect(findHolders(await accepted(server), [])).toEqual([ownNamespace()]);
  });

  test('is found in another process', async () => {
    const { server, port } = await serverAt('127.0.0.1');
    const child = spawn(process.execPath, ['-e', `require('node:net').connect(${port}, '127.0.0.1')`]);
    onTestFinished(() => void child.kill());
    expect(findHolders(await accepted(server), [])).toEqual([ownNamespace()]);
  });

  test('is nobody once it is closed, though this end is still there', async () => {
    const { server, port } = await serverAt('127.0.0.1');
    const client = connect(port, '127.0.0.1');
    const socket = await accepted(server);
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    client.destroy();
    await vi.waitFor(() => expect(findHolders({ localAddress, localPort, remoteAddress, remotePort }, [])).toEqual([]));
  });

  test.each(['127.0.0.2', '127.0.0.1', '::1', '::ffff:127.0.0.1'])('is nobody at %s, where nothing is', (address) => {
    const ends = { localAddress: address, localPort: 9, remoteAddress: address, remotePort: 9 };
    expect(findHolders(ends, [])).toEqual([]);
  });

  test.each(['192.0.2.7', '2001:db8::7', 'fe80::1%eth0'])(
    'is elsewhere for %s, an address of another machine',
    (remoteAddress) => {
      expect(findHolders({ localAddress: remoteAddress, localPort: 9, remoteAddress, remotePort: 9 }, [])).toBe(
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
      expect(findHolders({ localAddress, localPort: port, remoteAddress, remotePort }, [])).toEqual([]);
  });
});

const apart = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--'];

describe.skipIf(spawnSync('unshare', [...apart, 'true']).status !== 0)('in another namespace', () => {
  /** Connects from a PID namespace of its own, with so many other files open. */
  async function clientApart(port: number, files: number): Promise<string> {
    const program = `
      for (let file = 0; file < ${files}; file++) require('node:fs').openSync('/dev/null');
      require('node:net').connect(${port}, '127.0.0.1', () => console.log('connected'));
    `;
    const child = spawn('unshare', [...apart, process.execPath, '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    return readlinkSync(`/proc/${child.pid}/ns/pid_for_children`);
  }

  test('is found by the namespace', async () => {
    const { server, port } = await serverAt('127.0.0.1');
    const [socket, namespace] = await Promise.all([accepted(server), clientApart(port, 0)]);
    expect(findHolders(socket, [])).toEqual([namespace]);
  });

  test('is not sought among more open files than a service may make everybody wait for', async () => {
    const { server, port } = await serverAt('127.0.0.1');
    const [socket] = await Promise.all([accepted(server), clientApart(port, 9_000)]);
    expect(findHolders(socket, [])).toEqual([]);
  });

  test('is found for who is likely, however many files others have open', async () => {
    const { server, port } = await serverAt('127.0.0.1');
    const [socket, namespace] = await Promise.all([accepted(server), clientApart(port, 0)]);
    const other = await serverAt('127.0.0.1');
    await Promise.all([accepted(other.server), clientApart(other.port, 9_000)]);
    expect(findHolders(socket, [namespace])).toEqual([namespace]);
  });
});
