import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Where one request stands in its trace, as W3C Trace Context names it. */
export interface Trace {
  /** 32 hexadecimal digits, the same on every hop. */
  traceId: string;
  /** 16 hexadecimal digits, the span of the sender. */
  spanId: string;
  sampled: boolean;
  /** The header as the next hop gets it. */
  traceparent: string;
}

// https://www.w3.org/TR/trace-context/#traceparent-header: version 00, and neither id all zeros.
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Reads the trace of a request; one that brings none (or a broken one) gets a new one, so that every hop can be followed. */
export function traceOf(headers: IncomingHttpHeaders): Trace {
  const header = headers.traceparent;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(typeof header === 'string' ? header : '') ?? [];
  if (traceId && spanId && flags) {
    return {
      traceId,
      spanId,
      sampled: (Number.parseInt(flags, 16) & 1) === 1,
      traceparent: `00-${traceId}-${spanId}-${flags}`,
    };
  }
  const fresh = { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
  return { ...fresh, sampled: false, traceparent: `00-${fresh.traceId}-${fresh.spanId}-00` };
}
