import { randomFillSync } from 'node:crypto';

/** The trace that a request belongs to. @see https://www.w3.org/TR/trace-context/ */
export interface Trace {
  /** 32 hex digits. */
  readonly id: string;
  /** 16 hex digits: this hop. */
  readonly span: string;
  /** The same in decimal, as X-Cloud-Trace-Context wants it. */
  readonly spanNumber: string;
}

const validParent = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Goes on with the caller's trace where it sent a valid `traceparent`. */
export function traceOf(traceparent: unknown): Trace {
  const parent = typeof traceparent === 'string' ? validParent.exec(traceparent)?.[1] : undefined;
  const at = take(24);
  const span = hex.slice(2 * at, 2 * at + 16);
  const spanNumber = pool.readBigUInt64BE(at).toString();
  return { id: parent ?? hex.slice(2 * at + 16, 2 * at + 48), span, spanNumber };
}

/** Random bytes are drawn and spelled in blocks: a draw for each request costs more than the rest of its headers. */
const pool = Buffer.alloc(4096);
let hex = '';
let used = pool.length;

function take(bytes: number): number {
  if (used + bytes > pool.length) {
    hex = randomFillSync(pool).toString('hex');
    used = 0;
  }
  used += bytes;
  return used - bytes;
}
