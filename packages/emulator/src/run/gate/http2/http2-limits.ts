import type { ServerOptions } from 'node:http2';

/** Requests at once on one connection. */
export const MOST_STREAMS = 1000;

/** Bytes of a body that may be under way on a stream whose reader waits. */
const STREAM_WINDOW = 256 * 1024;

/** Fields of a request. HTTP/1.1 bounds but their bytes. */
const MOST_FIELDS = 2000;

/** Megabytes that one connection may hold: streams, their heads, and what waits to be sent. */
const SESSION_MEGABYTES = 256;

/**
 * Limits of a connection in HTTP/2. What floods it (resets, settings, pings, pieces of heads) nghttp2 ends by itself.
 * @param maxHeaderBytes of a request. Up to twice as many are read, so that the caller can be answered.
 */
export function http2Options(maxHeaderBytes: number): ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: MOST_STREAMS,
      maxHeaderListSize: 2 * maxHeaderBytes,
      initialWindowSize: STREAM_WINDOW,
    },
    maxHeaderListPairs: MOST_FIELDS,
    maxSessionMemory: SESSION_MEGABYTES,
    // A container may send a header twice, as in HTTP/1.1; it is the caller's to judge.
    strictSingleValueFields: false,
  };
}

/** Whether a connection failed because of what came on it. */
export function isOfFrames({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.startsWith('ERR_HTTP2_') && code !== 'ERR_HTTP2_SESSION_ERROR';
}
