import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import {
  type AnswerHandler,
  type ContainerClient,
  type ContainerRequest,
  type Exchange,
  RequestTooLarge,
} from './container-client.ts';

/**
 * Speaks HTTP/2 without TLS with a container (`--use-http2`): one connection, made when it is needed.
 * @see https://docs.cloud.google.com/run/docs/configuring/http2
 */
export function createHttp2Client(address: string): ContainerClient {
  let session: ClientHttp2Session | undefined;

  const connected = () => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const made = connect(address);
    // Each stream of it is told; the next request connects anew.
    made.on('error', () => undefined);
    made.unref();
    session = made;
    return made;
  };

  return {
    send(request, handler) {
      if (request.upgrade !== undefined) {
        queueMicrotask(() => handler.onFailure(new Error('a container that speaks HTTP/2 takes no WebSockets')));
        return { resume: () => undefined, abort: () => undefined };
      }
      const stream = connected().request(fieldsOf(request), { endStream: request.body === undefined });
      return exchangeOn(stream, request, handler);
    },
    close: () => session?.destroy(),
  };
}

function exchangeOn(stream: ClientHttp2Stream, request: ContainerRequest, handler: AnswerHandler): Exchange {
  let over = false;
  let trailers: readonly string[] = [];
  const fail = (error: Error) => {
    if (over) return;
    over = true;
    stream.close(constants.NGHTTP2_CANCEL);
    handler.onFailure(error);
  };
  stream.on('response', (fields) => {
    if (!over) handler.onHead(headOf(fields));
  });
  stream.on('data', (chunk: Buffer) => {
    if (!over && !handler.onData(chunk, false)) stream.pause();
  });
  stream.on('trailers', (fields) => {
    trailers = flat(fields);
  });
  stream.on('end', () => {
    if (over || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    over = true;
    handler.onEnd(trailers);
  });
  stream.on('error', fail);
  stream.on('close', () => fail(new Error('the container closed the stream')));
  sendBody(stream, request, fail);
  return {
    resume: () => stream.resume(),
    abort() {
      over = true;
      stream.close(constants.NGHTTP2_CANCEL);
    },
  };
}

function sendBody(stream: ClientHttp2Stream, { body, limit }: ContainerRequest, fail: (error: Error) => void): void {
  if (body === undefined) return;
  let left = limit;
  const onData = (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) fail(new RequestTooLarge('the body is larger than the limit'));
    else if (!stream.write(chunk)) body.pause();
  };
  const onDrain = () => {
    body.resume();
  };
  const onEnd = () => {
    stream.end();
  };
  body.on('data', onData).on('end', onEnd);
  stream.on('drain', onDrain);
  stream.on('close', () => body.off('data', onData).off('end', onEnd));
}

function fieldsOf({ method, target, authority, headers, length }: ContainerRequest): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {
    ':method': method,
    ':path': target,
    ':authority': authority,
    // gRPC asks for it, and the caller's own was for one hop.
    te: 'trailers',
  };
  if (length !== undefined) fields['content-length'] = length;
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase();
    const value = headers[index + 1] as string;
    const before = fields[name];
    fields[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return fields;
}

function headOf(fields: IncomingHttpHeaders & { ':status'?: number | undefined }) {
  return { status: fields[':status'] ?? 502, reason: '', headers: flat(fields), length: undefined };
}

function flat(fields: IncomingHttpHeaders): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (name.startsWith(':') || value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).flatMap((one) => [name, `${one}`]);
  });
}
