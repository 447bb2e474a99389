import { connect, type Socket } from 'node:net';
import { openTunnel, type Tunnel } from './tunnel.ts';

/** Sends the same request over and over on one connection, the next as soon as the last is answered. */
export interface Connection {
  /** Goes on until `keepOn` says no; resolves with how many requests were answered. */
  readonly run: (keepOn: () => boolean) => Promise<number>;
  readonly close: () => void;
}

/** The longest response expected, in bytes. */
const BUFFER_BYTES = 16_384;

/**
 * Opens a connection and learns from a first response how long all of them are. A response that is not a 200, or of
 * another length, fails the run: what is measured must be the same each time.
 */
export async function openConnection(url: URL, request: Buffer, tunnel?: Tunnel): Promise<Connection> {
  let onBytes: OnBytes = () => undefined;
  let onFailure = (_error: Error): void => undefined;
  const socket =
    tunnel === undefined
      ? openSocket(url, (count, buffer) => onBytes(count, buffer))
      : await openTunnel(tunnel, url, 'http/1.1');
  if (tunnel !== undefined) socket.on('data', (chunk: Buffer) => onBytes(chunk.length, chunk));
  socket.on('error', (error) => onFailure(error));
  socket.on('close', () => onFailure(new Error(`${url.origin} closed the connection.`)));

  const exchange = (accept: (received: number, buffer: Uint8Array) => 'more' | 'send' | 'stop'): Promise<void> =>
    new Promise((resolve, reject) => {
      let received = 0;
      onFailure = reject;
      onBytes = (count, buffer) => {
        if (received === 0 && !startsWithOk(buffer)) reject(new Error(refusal(url, buffer, count)));
        received += count;
        const next = accept(received, buffer);
        if (next === 'stop') resolve();
        if (next !== 'more') received = 0;
        if (next === 'send') socket.write(request);
      };
      socket.write(request);
    });

  const length = await responseLength(exchange);
  return {
    run: async (keepOn) => {
      let answered = 0;
      await exchange((received) => {
        if (received < length) return 'more';
        if (received > length) socket.destroy(new Error(`${url.origin} sent ${received} bytes instead of ${length}.`));
        answered += 1;
        return keepOn() ? 'send' : 'stop';
      });
      return answered;
    },
    close: () => {
      onFailure = () => undefined;
      socket.destroy();
    },
  };
}

type OnBytes = (count: number, buffer: Uint8Array) => void;

function openSocket(url: URL, onBytes: OnBytes): Socket {
  return connect({
    host: url.hostname,
    port: Number(url.port),
    noDelay: true,
    // One buffer for all that arrives: nothing is allocated for a response.
    onread: {
      buffer: Buffer.alloc(BUFFER_BYTES),
      callback: (count, buffer) => {
        onBytes(count, buffer);
        return true;
      },
    },
  });
}

type Exchange = (accept: (received: number, buffer: Uint8Array) => 'more' | 'send' | 'stop') => Promise<void>;

async function responseLength(exchange: Exchange): Promise<number> {
  let length = 0;
  let text = '';
  await exchange((received, buffer) => {
    text += Buffer.from(buffer.subarray(0, received - text.length)).toString('latin1');
    length = declaredLength(text) ?? 0;
    return length === 0 || received < length ? 'more' : 'stop';
  });
  return length;
}

/** The bytes of a response, head and body, once its head is complete: RFC 9112 section 6.2. */
export function declaredLength(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const body = /^content-length: *(\d+)\r?$/im.exec(text.slice(0, end))?.[1];
  if (body === undefined) throw new Error('The load generator needs responses with a Content-Length.');
  return end + 4 + Number(body);
}

const OK = Buffer.from('HTTP/1.1 200 ');

function startsWithOk(buffer: Uint8Array): boolean {
  return OK.compare(buffer, 0, OK.length) === 0;
}

function refusal(url: URL, buffer: Uint8Array, count: number): string {
  return `${url.href} answered: ${Buffer.from(buffer.subarray(0, count)).toString('latin1').slice(0, 400)}`;
}
