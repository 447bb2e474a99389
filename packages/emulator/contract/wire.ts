import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A bare connection to a gate, for bytes that no client would send. */
export async function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and gives all that comes back until the other side closes. */
export async function wire(url: string, bytes: string | Buffer): Promise<string> {
  const socket = await dial(url);
  socket.write(bytes, 'latin1');
  return untilClosed(socket);
}

/** All that still comes. */
export async function untilClosed(socket: Socket): Promise<string> {
  let all = '';
  socket.on('data', (chunk: Buffer) => {
    all += chunk.toString('latin1');
  });
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return all;
}

/** What comes until it contains `mark`. */
export function until(socket: Socket, mark: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    const onClose = () => reject(new Error(`closed before ${JSON.stringify(mark)}, after ${JSON.stringify(all)}`));
    const onData = (chunk: Buffer) => {
      all += chunk.toString('latin1');
      if (!all.includes(mark)) return;
      socket.off('data', onData);
      socket.off('close', onClose);
      resolve(all);
    };
    socket.on('data', onData);
    socket.on('close', onClose);
  });
}
