import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { passedHeaders, requestHeaders } from './passed-headers.ts';

export interface RelayOptions {
  /** Whom it calls: the URL of the receiver's gate, with the path. */
  readonly target: URL;
  /** The token that it adds; another one before it ends. */
  readonly token: () => Promise<string>;
  /** The last part of its own address: who knows it may make the sender call. */
  readonly secret: string;
  readonly onRelayed: (relayed: Relayed) => void;
}

export interface Relayed {
  readonly method: string;
  /** Undefined where nothing answered. */
  readonly status: number | undefined;
  /** Why not. */
  readonly fault?: string;
}

/** As long as a gate gives a request. */
const TIMEOUT_MS = 310_000;

/** Bytes: Pub/Sub's own limit is 10 MB, before it is written as base64 into JSON. */
const LARGEST_BODY = 16 * 1024 * 1024;

/**
 * Stands behind a source that sends no token, and adds the one of the sender: what is posted to its one address goes to the
 * receiver's gate, and what comes back goes back, so that the source tries again where it must.
 */
export function createRelay(options: RelayOptions): Server {
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing, options).catch(() => outgoing.destroy());
  });
  server.requestTimeout = TIMEOUT_MS;
  server.maxHeadersCount = 200;
  return server;
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, options: RelayOptions): Promise<void> {
  const { method = 'POST', url = '' } = incoming;
  if (!isSecret(url.replace(/^\//, ''), options.secret)) return refuse(outgoing, 404, 'There is nothing here.');
  const { onRelayed } = options;
  try {
    const status = await relay(incoming, outgoing, options);
    onRelayed({ method, status });
  } catch (error) {
    const fault = (error as Error).message;
    onRelayed({ method, status: undefined, fault });
    if (outgoing.headersSent) outgoing.destroy();
    // Whoever sends tries again.
    else refuse(outgoing, error instanceof TooLarge ? 413 : 502, fault);
  }
}

async function relay(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { target, token }: RelayOptions,
): Promise<number> {
  const authorization = `Bearer ${await token()}`;
  const sending = request(target, {
    method: incoming.method,
    headers: { ...requestHeaders(incoming.headers), authorization },
    timeout: TIMEOUT_MS,
  });
  sending.on('timeout', () => sending.destroy(new Error('no answer in time')));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sending.once('response', resolve);
    // One that comes later is told by the answer that breaks off.
    sending.on('error', reject);
  });
  // An answer before the end of the body is an answer.
  const sent = pipeline(incoming, limited, sending).catch((error: unknown) => {
    if (error instanceof TooLarge) throw error;
    return undefined;
  });
  const response = await Promise.race([answered, sent.then(() => answered)]);
  outgoing.writeHead(response.statusCode ?? 502, passedHeaders(response.headers));
  await pipeline(response, outgoing);
  return response.statusCode ?? 502;
}

class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

async function* limited(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > LARGEST_BODY) throw new TooLarge(`The body has more than ${LARGEST_BODY} bytes.`);
    yield piece;
  }
}

function isSecret(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

function refuse(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  outgoing.end(`${text}\n`);
}
