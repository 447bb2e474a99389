/**
 * Whether a body can be sent a second time: a stream or an iterator has been read by then. Forms are told by their tag, as
 * each undici has a class of its own; what is nothing else is sent as text.
 */
export function isReplayable(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return true;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true;
  if (body instanceof URLSearchParams || body instanceof Blob) return true;
  if (Object.prototype.toString.call(body) === '[object FormData]') return true;
  return !(Symbol.asyncIterator in body || Symbol.iterator in body);
}
