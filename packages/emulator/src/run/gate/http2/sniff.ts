import type { Duplex } from 'node:stream';

/** As ALPN names them, dearest first. @see RFC 7301 */
export const protocols = ['h2', 'http/1.1'] as const;
export type Protocol = (typeof protocols)[number];

/** What every connection of HTTP/2 begins with. @see RFC 9113 section 3.4 */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export interface Sniffed {
  /** Told once, when the first bytes tell it; they are to be read again. */
  onProtocol(protocol: Protocol): void;
  /** It ended before. @param bytes that came */
  onEnd(bytes: Buffer): void;
}

/** Looks at the first bytes of a connection. A method of HTTP/1.1 differs by its third letter at the latest. */
export function sniff(socket: Duplex, { onProtocol, onEnd }: Sniffed): void {
  let held: Buffer = Buffer.alloc(0);

  const onReadable = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const length = Math.min(held.length, PREFACE.length);
    const same = PREFACE.compare(held, 0, length, 0, length) === 0;
    if (same && length < PREFACE.length) return;
    stop();
    socket.unshift(held);
    onProtocol(same ? 'h2' : 'http/1.1');
  };
  const onEnded = () => {
    stop();
    onEnd(held);
  };
  const stop = () => {
    socket.off('readable', onReadable);
    socket.off('end', onEnded);
    socket.off('close', stop);
  };
  socket.on('readable', onReadable);
  socket.on('end', onEnded);
  socket.on('close', stop);
}
