import { connect } from 'node:net';
import type { Connection } from './connection.ts';
import { openTunnel, type Tunnel } from './tunnel.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const [DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY, WINDOW_UPDATE] = [0, 1, 3, 4, 7, 8];
const [END_STREAM, END_HEADERS, ACK] = [1, 4, 1];
/** No table, so that a status is spelled the same each time: HEADER_TABLE_SIZE 0. */
const NO_TABLE = Buffer.from([0, 1, 0, 0, 0, 0]);
const LARGEST_WINDOW = 0x7fffffff;
const FIRST_WINDOW = 65_535;
/** `:status: 200` of the static table, and a change of the table's size before it. @see RFC 7541 appendix A */
const [OK, TABLE_SIZE] = [0x88, 0x20];

/**
 * The same in HTTP/2, with so many requests in flight. Heads are made once and answers are not decoded, so that the load
 * costs less than what it is for: a head that does not begin with 200 fails the run.
 */
export async function openHttp2Connection(
  url: URL,
  headers: Readonly<Record<string, string>>,
  inFlight: number,
  tunnel?: Tunnel,
): Promise<Connection> {
  const head = block({
    ':method': 'GET',
    ':scheme': tunnel === undefined ? 'http' : 'https',
    ':authority': url.host,
    ':path': url.pathname,
    ...headers,
  });
  const socket =
    tunnel === undefined
      ? connect({ host: url.hostname, port: Number(url.port), noDelay: true })
      : await openTunnel(tunnel, url, 'h2');
  let stream = 1;
  let kept: Buffer = Buffer.alloc(0);
  let onAnswer = (): void => undefined;
  let onFailure = (_error: Error): void => undefined;
  const fail = (what: string) => onFailure(new Error(`${url.origin} ${what}.`));

  socket.on('error', (error) => onFailure(error));
  socket.on('close', () => fail('closed the connection'));
  socket.on('data', (chunk: Buffer) => {
    socket.cork();
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    while (kept.length >= 9 && kept.length >= 9 + kept.readUIntBE(0, 3)) {
      const payload = kept.subarray(9, 9 + kept.readUIntBE(0, 3));
      const [type = DATA, flags = 0] = [kept[3], kept[4]];
      kept = kept.subarray(9 + payload.length);
      if (type === SETTINGS && flags !== ACK) socket.write(frame(SETTINGS, ACK, 0));
      if (type === RST_STREAM || type === GOAWAY) fail('refused');
      if (type === HEADERS && payload[payload[0] === TABLE_SIZE ? 1 : 0] !== OK) fail('answered otherwise than 200');
      if ((type === HEADERS || type === DATA) && (flags & END_STREAM) !== 0) onAnswer();
    }
    socket.uncork();
  });

  const ask = () => {
    socket.write(frame(HEADERS, END_HEADERS | END_STREAM, stream, head));
    stream += 2;
  };
  const run = (keepOn: () => boolean, atOnce: number): Promise<number> =>
    new Promise((resolve, reject) => {
      let answered = 0;
      let open = atOnce;
      onFailure = reject;
      onAnswer = () => {
        answered += 1;
        if (keepOn()) ask();
        else if (--open === 0) resolve(answered);
      };
      for (let index = 0; index < atOnce; index += 1) ask();
    });

  socket.write(PREFACE);
  socket.write(frame(SETTINGS, 0, 0, NO_TABLE));
  socket.write(frame(WINDOW_UPDATE, 0, 0, number32(LARGEST_WINDOW - FIRST_WINDOW)));
  await run(() => false, 1);
  return {
    run: (keepOn) => run(keepOn, inFlight),
    close: () => {
      onFailure = () => undefined;
      socket.destroy();
    },
  };
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Fields, each spelled out. @see RFC 7541 section 6.2.2 */
function block(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let left = bytes.length - 127;
  for (; left >= 128; left = Math.floor(left / 128)) length.push((left % 128) + 128);
  return Buffer.concat([Buffer.of(...length, left), bytes]);
}
