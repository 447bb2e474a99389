import type { Socket } from 'node:net';

/** A caller that opens a connection in another protocol than HTTP: why it is not answered in it, and what ends it there. */
export interface ForeignOpening {
  readonly reason: string;
  readonly mend: string;
  /** What says so in the caller's own protocol. */
  readonly answer: Buffer;
}

const FIRST_TLS_BYTE = 0x16;

/** A fatal alert, handshake_failure. @see RFC 8446 section 6.2 */
const ALERT = Buffer.from([0x15, 3, 1, 0, 2, 2, 40]);

/** @param error as a server of node:http tells what it cannot read */
export function foreignOpening(error: NodeJS.ErrnoException): ForeignOpening | undefined {
  const { rawPacket } = error as { rawPacket?: Buffer };
  return rawPacket?.[0] === FIRST_TLS_BYTE && rawPacket[1] === 3 ? tls : undefined;
}

/** Answers in the caller's own protocol, and ends the connection. */
export function dismiss(socket: Socket, { answer }: ForeignOpening): void {
  if (socket.writable) socket.write(answer);
  socket.destroySoon();
}

const tls: ForeignOpening = {
  reason: 'the caller speaks TLS, and gates here do not',
  mend: 'Begin the address with http://, not https://.',
  answer: ALERT,
};
