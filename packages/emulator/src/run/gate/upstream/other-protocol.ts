/** How a container can fail to be what its service says, by what it speaks. */
const mismatches = {
  http2: {
    reason: 'it speaks HTTP/2',
    mend: (service: string) =>
      `Let the service say so: gcloud run services update ${service} --use-http2, and http2: true for it in edges.yaml; or let the container listen in HTTP/1.1.`,
  },
  'no-http2': {
    reason: 'it does not speak HTTP/2, as its service says',
    mend: (service: string) =>
      `Let the container listen in HTTP/2 without TLS (h2c); or take that back: gcloud run services update ${service} --no-use-http2, and http2 for it in edges.yaml.`,
  },
  'no-grpc': {
    reason: 'it does not speak HTTP/2, in which gRPC is brought to it',
    mend: () => 'Let the container take gRPC without TLS (h2c), at the port that PORT names.',
  },
  'no-web-sockets': {
    reason: 'in HTTP/2 it takes no WebSockets',
    mend: (service: string) =>
      `Let the service speak HTTP/1.1: gcloud run services update ${service} --no-use-http2, and http2 for it in edges.yaml.`,
  },
  tls: { reason: 'it speaks TLS', mend: () => 'Let the container listen without TLS, which ends at the front end.' },
} as const;

/** The container speaks another protocol than its service says. */
export class OtherProtocol extends Error {
  override readonly name = 'OtherProtocol';
  /** What lets the two agree, for the service of this name. */
  readonly mend: (service: string) => string;

  constructor(mismatch: keyof typeof mismatches) {
    const { reason, mend } = mismatches[mismatch];
    super(reason);
    this.mend = mend;
  }
}

const FRAME_HEADER_BYTES = 9;
/** Types of the frames with which a server of HTTP/2 begins, or takes its leave. @see RFC 9113 section 6 */
const SETTINGS = 4;
const GOAWAY = 7;

/**
 * What a failure of a client of HTTP/1.1 says of the container: where its first bytes are those of another protocol, that.
 * @param error as node:http and undici have it, with the bytes that could not be read
 */
export function otherThanHttp1(error: Error): Error {
  const { rawPacket, data = '' } = error as { rawPacket?: Buffer; data?: string };
  const bytes = rawPacket ?? Buffer.from(data, 'latin1');
  // An alert or a handshake of any version. RFC 8446 section 5.1
  if ((bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3) return new OtherProtocol('tls');
  if (bytes.length < FRAME_HEADER_BYTES) return error;
  const [type, stream] = [bytes[3], bytes.readUInt32BE(5)];
  return stream === 0 && (type === SETTINGS || type === GOAWAY) ? new OtherProtocol('http2') : error;
}

/** What mends a failure of the container. @param service its name */
export function mendOf(error: Error, service: string): string {
  if (error instanceof OtherProtocol) return error.mend(service);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET')
    return 'Read the log of the service. Whoever listens with TLS hangs up like that, too: let the container listen without.';
  return 'Read the log of the service.';
}
