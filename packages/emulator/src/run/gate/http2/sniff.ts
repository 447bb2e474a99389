/** As ALPN names them, dearest first. @see RFC 7301 */
export const protocols = ['h2', 'http/1.1'] as const;
export type Protocol = (typeof protocols)[number];

/** What every connection of HTTP/2 begins with. @see RFC 9113 section 3.4 */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** What the first bytes of a connection are of; undefined where more must come. Methods of HTTP/1.1 differ in their third letter. */
export function protocolOf(bytes: Buffer): Protocol | undefined {
  if (bytes[0] !== PREFACE[0]) return 'http/1.1';
  const length = Math.min(bytes.length, PREFACE.length);
  if (PREFACE.compare(bytes, 0, length, 0, length) !== 0) return 'http/1.1';
  return length === PREFACE.length ? 'h2' : undefined;
}
