import type { Socket } from 'node:net';

/** A caller that opens a connection in another protocol than HTTP/1.1: why it is not answered in it, and what ends it there. */
export interface ForeignOpening {
  readonly reason: string;
  readonly mend: string;
  /** What says so in the caller's own protocol. */
  readonly answer: Buffer;
}

const FIRST_TLS_BYTE = 0x16;

/** A fatal alert, handshake_failure. @see RFC 8446 section 6.2 */
const ALERT = Buffer.from([0x15, 3, 1, 0, 2, 2, 40]);

const GOAWAY = 7;
const SETTINGS = 4;
/** @see RFC 9113 section 7 */
const HTTP_1_1_REQUIRED = 13;

/** @param error as a server of node:http tells what it cannot read */
export function foreignOpening(error: NodeJS.ErrnoException): ForeignOpening | undefined {
  const { code, rawPacket } = error as { code?: string; rawPacket?: Buffer };
  if (code === 'HPE_PAUSED_H2_UPGRADE') return http2;
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

const http2Mend = 'Speak HTTP/1.1: curl --http1.1, or a client without HTTP/2 by prior knowledge (h2c, gRPC).';

const http2: ForeignOpening = {
  reason: 'the caller speaks HTTP/2, and gates here do not',
  mend: http2Mend,
  answer: Buffer.concat([
    frame(SETTINGS, Buffer.alloc(0)),
    frame(GOAWAY, Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, HTTP_1_1_REQUIRED]), Buffer.from(http2Mend)])),
  ]),
};

/** A frame of the connection itself. @see RFC 9113 section 4.1 */
function frame(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  return Buffer.concat([header, payload]);
}
