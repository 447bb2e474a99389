import type { Socket } from 'node:net';
import { headersForCaller } from './forwarded-headers.ts';
import type { Trace } from './trace.ts';

/** A caller's connection that asks for another protocol. */
export interface UpgradeSocket {
  readonly socket: Socket;
  /** What came after the request's head. */
  readonly head: Buffer;
  /** Takes the connection away from HTTP. */
  detach(): void;
}

/** Tells the caller that the container agreed to a WebSocket, and takes the connection away from HTTP. @see RFC 9110 section 15.2.2 */
export function switchProtocols({ socket, detach }: UpgradeSocket, sent: readonly string[], trace: Trace): void {
  const headers = headersForCaller(sent, trace, true);
  let head = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n';
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  detach();
  socket.write(`${head}\r\n`, 'latin1');
}

/** Passes bytes both ways, minding back-pressure, until either side closes. */
export function joinSockets(caller: UpgradeSocket, container: Socket, rest: Buffer, onDone: () => void): void {
  const { socket, head } = caller;
  if (rest.length > 0) socket.write(rest);
  if (head.length > 0) container.write(head);
  for (const [one, other] of [
    [socket, container],
    [container, socket],
  ] as const) {
    one.on('error', () => undefined);
    // What was said last is still on its way.
    one.on('close', () => {
      other.destroySoon();
      onDone();
    });
    one.pipe(other);
  }
}
