import { ACK, END_STREAM, frame, frames, number32, PREFACE } from './http2-wire.ts';
import { dial } from './wire.ts';

/** What became of a request in HTTP/2, by its stream; the connection may end before. */
export interface Outcome {
  readonly status?: number;
  readonly body: string;
  /** Whether the answer came to its end. */
  readonly whole: boolean;
  /** The code of RST_STREAM. */
  readonly reset?: number;
}

export interface Http2Answers {
  readonly streams: ReadonlyMap<number, Outcome>;
  /** Whether the gate closed the connection. */
  readonly closed: boolean;
}

/** An encoder without a table: each answer's status is spelled out in its own frame. */
const NO_TABLE = frame(frames.SETTINGS, 0, 0, Buffer.concat([Buffer.of(0, 1), number32(0)]));

/**
 * Sends frames to a gate, and reads what becomes of these streams until each has its answer or its reset, or the gate
 * closes the connection.
 */
export async function http2Wire(
  url: string,
  sent: readonly Buffer[],
  expected: readonly number[] = [1],
): Promise<Http2Answers> {
  const socket = await dial(url);
  const streams = new Map<number, Outcome>();
  const open = new Set(expected);
  let kept: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 9 && kept.length >= 9 + kept.readUIntBE(0, 3)) {
      const length = kept.readUIntBE(0, 3);
      const [type, flags, stream] = [kept.readUInt8(3), kept.readUInt8(4), kept.readUInt32BE(5)];
      const payload = kept.subarray(9, 9 + length);
      kept = kept.subarray(9 + length);
      if (type === frames.SETTINGS && flags !== ACK && !socket.destroyed) socket.write(frame(frames.SETTINGS, ACK, 0));
      if (stream === 0) continue;
      const before = streams.get(stream) ?? { body: '', whole: false };
      streams.set(stream, after(before, type, flags, payload));
      if (type === frames.RST_STREAM || (flags & END_STREAM) !== 0) open.delete(stream);
    }
    if (open.size === 0) socket.destroy();
  });
  const closed = new Promise<void>((resolve) => socket.once('close', resolve));
  socket.write(Buffer.concat([PREFACE, NO_TABLE, ...sent]));
  await closed;
  return { streams, closed: open.size > 0 };
}

function after(outcome: Outcome, type: number, flags: number, payload: Buffer): Outcome {
  const whole = outcome.whole || ((flags & END_STREAM) !== 0 && (type === frames.HEADERS || type === frames.DATA));
  if (type === frames.RST_STREAM) return { ...outcome, reset: payload.readUInt32BE(0) };
  if (type === frames.DATA) return { ...outcome, body: outcome.body + payload.toString('latin1'), whole };
  if (type !== frames.HEADERS) return outcome;
  const status = statusIn(payload);
  // What is interim is none.
  return status === undefined || status < 200 ? { ...outcome, whole } : { ...outcome, status, whole };
}

/** Statuses that the static table of HPACK spells. @see RFC 7541 appendix A */
const indexed: Readonly<Record<number, number>> = {
  136: 200,
  137: 204,
  138: 206,
  139: 304,
  140: 400,
  141: 404,
  142: 500,
};

/** The status that a block begins with, whose encoder has no table. @see RFC 7541 section 6 */
function statusIn(block: Buffer): number | undefined {
  let at = 0;
  // Changes of the table's size.
  while (((block[at] ?? 0) & 0xe0) === 0x20) at++;
  const first = block[at] ?? 0;
  if (first in indexed) return indexed[first];
  // A literal whose name is that of an entry for :status.
  const entry = first & 0x0f;
  if (first >= 0x80 || entry < 8 || entry > 14) return undefined;
  const length = (block[at + 1] ?? 0) & 0x7f;
  const value = block.subarray(at + 2, at + 2 + length);
  return Number((block[at + 1] ?? 0) & 0x80 ? digitsIn(value) : `${value}`);
}

/** Digits in Huffman's code: five bits for 0 to 2, six for the others. @see RFC 7541 appendix B */
function digitsIn(value: Buffer): string {
  const bits = [...value].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let text = '';
  for (let at = 0; bits.length - at >= 5; ) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    const digit = short <= 2 ? short : Number.parseInt(bits.slice(at, at + 6), 2) - 22;
    if (digit > 9) break;
    text += digit;
    at += short <= 2 ? 5 : 6;
  }
  return text;
}
