import type { Socket } from 'node:net';

/** The frames of HTTP/2, and its flags. @see https://www.rfc-editor.org/rfc/rfc9113 section 6 */
export const frames = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;

/** @see https://www.rfc-editor.org/rfc/rfc9113 section 3.4 */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload as string, 'latin1');
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A block of header fields, each spelled out. @see RFC 7541 section 6.2.2 */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

export function headers(stream: number, fields: readonly (readonly [string, string])[], flags = END_HEADERS): Buffer {
  return frame(frames.HEADERS, flags, stream, block(fields));
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Speaks HTTP/2 just so far that each request gets the bytes that `answer` makes for its stream. */
export function answerHttp2(socket: Socket, answer: (stream: number, socket: Socket) => void): void {
  let kept = Buffer.alloc(0);
  let greeted = false;
  socket.write(frame(frames.SETTINGS, 0, 0));
  socket.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]);
    if (!greeted && kept.length >= PREFACE.length) {
      greeted = true;
      kept = kept.subarray(PREFACE.length);
    }
    while (greeted && kept.length >= 9 && kept.length >= 9 + kept.readUIntBE(0, 3)) {
      const [type, flags, stream] = [kept.readUInt8(3), kept.readUInt8(4), kept.readUInt32BE(5)];
      kept = kept.subarray(9 + kept.readUIntBE(0, 3));
      if (type === frames.SETTINGS && flags !== ACK) socket.write(frame(frames.SETTINGS, ACK, 0));
      if (type === frames.HEADERS) answer(stream, socket);
    }
  });
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let left = bytes.length - 127;
  for (; left >= 128; left = Math.floor(left / 128)) length.push((left % 128) + 128);
  return Buffer.concat([Buffer.of(...length, left), bytes]);
}
