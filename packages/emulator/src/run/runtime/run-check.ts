import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What a health check asks of a container. */
export type Check =
  | { readonly kind: 'TCP' }
  | { readonly kind: 'HTTP'; readonly path: string; readonly headers: readonly (readonly [string, string])[] }
  /** The service of the gRPC health checking protocol; '' is the server as a whole. */
  | { readonly kind: 'GRPC'; readonly service: string };

export interface CheckLimits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const CONNECT_AGAIN_MS = 20;
const LATE = 'Connection failed with status DEADLINE_EXCEEDED.';
const NOT_REACHED = 'Connection failed with status ERROR_CONNECTION_FAILED.';

/**
 * Makes one check at a port of this machine. Undefined when it passed, else why not, in Cloud Run's words where it has any.
 * A check by TCP goes on until its time is over, or else no container would live through the default one; the others
 * fail with the first connection that is refused, as was seen on Cloud Run.
 */
export async function runCheck(
  check: Check,
  port: number,
  { timeout, signal }: CheckLimits,
): Promise<string | undefined> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  return asked(check, port, over).catch(() => (over.aborted ? LATE : NOT_REACHED));
}

function asked(check: Check, port: number, over: AbortSignal): Promise<string | undefined> {
  switch (check.kind) {
    case 'TCP':
      return byTcp(port, over);
    case 'HTTP':
      return byHttp(check, port, over);
    case 'GRPC':
      return byGrpc(check, port, over);
  }
}

async function byTcp(port: number, over: AbortSignal): Promise<string | undefined> {
  for (;;) {
    over.throwIfAborted();
    const socket = connect({ host: '127.0.0.1', port });
    const end = () => socket.destroy(new Error('late'));
    over.addEventListener('abort', end, { once: true });
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    over.removeEventListener('abort', end);
    socket.destroy();
    if (connected) return undefined;
    await pause(CONNECT_AGAIN_MS, undefined, { signal: over });
  }
}

/** Answers from 200 on and below 400 are good; nothing is followed. */
async function byHttp(
  { path, headers }: Extract<Check, { kind: 'HTTP' }>,
  port: number,
  over: AbortSignal,
): Promise<string | undefined> {
  const own = headers.some(([name]) => name.toLowerCase() === 'host') ? [] : [['Host', `localhost:${port}`]];
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    // In pairs: a header may stand there more than once.
    headers: [...own, ['Connection', 'close'], ...headers].flat(),
    agent: false,
    signal: over,
  });
  sent.on('error', () => undefined).end();
  const [answer] = await once(sent, 'response');
  const { statusCode: status } = answer;
  answer.on('error', () => undefined).destroy();
  return status >= 200 && status < 400 ? undefined : `It answered ${status}.`;
}

const SERVING = 1;
/** A message without compression is preceded by a 0 and its length in four bytes. */
const PREFIX = 5;
const LONGEST_ANSWER = 1024;

/** @see https://grpc.github.io/grpc/core/md_doc_health-checking.html */
async function byGrpc(
  { service }: Extract<Check, { kind: 'GRPC' }>,
  port: number,
  over: AbortSignal,
): Promise<string | undefined> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const end = () => session.destroy(new Error('late'));
  over.addEventListener('abort', end, { once: true });
  session.on('error', () => undefined);
  try {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let code: unknown;
    const noteCode = (headers: Record<string, unknown>) => {
      code = headers['grpc-status'] ?? code;
    };
    stream.on('response', noteCode).on('trailers', noteCode);
    stream.end(framed(healthCheckRequest(service)));
    let answer = Buffer.alloc(0);
    for await (const chunk of stream) {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length > LONGEST_ANSWER) return 'It answered what is no HealthCheckResponse.';
    }
    if (code !== '0') return `It answered with the gRPC status ${code}.`;
    return isServing(answer.subarray(PREFIX)) ? undefined : 'It answered that it is not serving.';
  } finally {
    over.removeEventListener('abort', end);
    session.destroy();
  }
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** `message HealthCheckRequest { string service = 1; }` */
function healthCheckRequest(service: string): Buffer {
  const name = Buffer.from(service);
  if (name.length === 0) return name;
  // A length below 128 is one byte, one below 16,384 two.
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7];
  return Buffer.concat([Buffer.from([0x0a, ...length]), name]);
}

/** `message HealthCheckResponse { ServingStatus status = 1; }`, which is all that there is in it. */
function isServing(message: Buffer): boolean {
  return message.length === 2 && message[0] === 0x08 && message[1] === SERVING;
}
