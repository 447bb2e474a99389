import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AnswerReader } from './answer-reader.ts';

interface Read {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

const MOST = 4_000;

/** What our reader makes of bytes, of which it takes what it needs, and of the end behind them; undefined where it is no answer, or not a whole one. */
function byOurs(text: string): { readonly read: Read; readonly used: string } | undefined {
  const reader = new AnswerReader(MOST);
  let read: Read | undefined;
  let head = { status: 0, headers: [] as readonly string[] };
  let body = '';
  let used = 0;
  reader.expect('GET', {
    onHead: ({ status, headers }) => {
      head = { status, headers };
    },
    onData(chunk) {
      body += chunk.toString('latin1');
      return true;
    },
    onEnd: (trailers) => {
      read = { ...head, body, trailers };
    },
  });
  try {
    while (used < text.length && !reader.isOver) reader.read(Buffer.from(text.charAt(used++), 'latin1'));
    reader.end();
  } catch {
    return undefined;
  }
  // Those are refused by who is told them.
  const codings = head.headers.filter((_, at) => at % 2 === 1 && head.headers[at - 1] === 'transfer-encoding');
  if (codings.length > 1 || codings.some((coding) => coding.toLowerCase() !== 'chunked')) return undefined;
  return read && { read, used: text.slice(0, used) };
}

let server: Server;
let bytes = '';
beforeAll(async () => {
  // Whoever asks gets these bytes, whatever they are, and then the end.
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes, 'latin1'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

/** What Node's own client makes of them. */
function byNode(text: string): Promise<Read | undefined> {
  bytes = text;
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, agent: new Agent({ keepAlive: false }), maxHeaderSize: 64 * 1024 };
    const request = get(options, (response) => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (piece) => {
        body += piece;
      });
      response.on('error', () => resolve(undefined));
      response.on('end', () => {
        const lower = (pairs: readonly string[]) => pairs.map((one, at) => (at % 2 === 0 ? one.toLowerCase() : one));
        resolve({
          status: response.statusCode ?? 0,
          headers: lower(response.rawHeaders),
          body,
          trailers: lower(response.rawTrailers),
        });
      });
    });
    request.on('error', () => resolve(undefined));
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);
const field = fc.oneof(
  {
    weight: 3,
    arbitrary: oneOf(
      'X-A: 1',
      'x-b:\t2 \t',
      'Content-Type: text/plain',
      'Set-Cookie: a=b; c',
      'X-Empty:',
      'X-High: \xe9\xff',
    ),
  },
  oneOf('Content-Length: 2', 'Content-Length: 0', 'content-length:2', 'Content-Length: +2', 'Content-Length: 2, 2'),
  oneOf(
    'Content-Length: 02',
    'Content-Length: 0x2',
    'Content-Length: -1',
    'Content-Length:',
    'Content-Length: 99999999999999999999',
  ),
  oneOf(
    'Transfer-Encoding: chunked',
    'transfer-encoding: Chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: identity',
  ),
  oneOf(
    'Transfer-Encoding : chunked',
    'Transfer-Encoding:\x0bchunked',
    'Transfer-Encoding: xchunked',
    'Connection: close',
    'Connection: keep-alive',
  ),
  oneOf(
    'X Y: 1',
    ' X: folded',
    '\tX: folded',
    ': none',
    'nothing',
    'X\x00: 1',
    'X: a\x00b',
    'X: a\rb',
    'X: a\nY: b',
    'X\xe9: 1',
    'X(: 1',
  ),
);
const status = oneOf(
  ...[
    'HTTP/1.1 200 OK',
    'HTTP/1.1 200 OK',
    'HTTP/1.1 404',
    'HTTP/1.0 200 OK',
    'HTTP/1.1 204 No Content',
    'HTTP/1.1 304 ',
  ],
  ...[
    'HTTP/1.1 100 Continue',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.2 200 OK',
    'http/1.1 200 OK',
  ],
  ...[
    'HTTP/1.1 200\tOK',
    'HTTP/1.1 2x0 OK',
    ' HTTP/1.1 200 OK',
    'HTTP/11 200 OK',
    'HTTP/1.1 200 O\x00K',
    'HTTP/1.1 200 O\xe9K',
    '',
  ],
);
const ending = fc.oneof({ weight: 8, arbitrary: fc.constant('\r\n') }, oneOf('\n', '\r', '\r\r\n', '\r\n\r\n', ''));
const body = fc.oneof(
  oneOf(
    '',
    'ok',
    'okay',
    '2\r\nok\r\n0\r\n\r\n',
    '2;x=y\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    '0\r\n\r\n',
    '00002\r\nok\r\n000\r\n\r\n',
  ),
  oneOf(
    '2\nok\n0\n\n',
    '2 \r\nok\r\n0\r\n\r\n',
    '0x2\r\nok\r\n0\r\n\r\n',
    '-2\r\nok\r\n0\r\n\r\n',
    '3\r\nok\r\n0\r\n\r\n',
    '2\r\nokay\r\n0\r\n\r\n',
  ),
  oneOf(
    'fffffffffffffffff\r\nok',
    '2\r\nok\r\n',
    '2\r\nok\r\n0\r\n',
    '2;\x00\r\nok\r\n0\r\n\r\n',
    '2\r\nok\r\n0\r\nX Y: 1\r\n\r\n',
    '\r\nok',
  ),
);
const answer = fc
  .tuple(
    status,
    ending,
    fc.array(fc.tuple(field, ending), { maxLength: 4 }),
    ending,
    body,
    oneOf('', '', '', 'HTTP/1.1 200 OK\r\n\r\n'),
  )
  .map(
    ([line, end, fields, blank, content, surplus]) =>
      line + end + fields.map((one) => one.join('')).join('') + blank + content + surplus,
  );

const damaged = fc
  .tuple(answer, fc.nat(), fc.option(oneOf('\x00', '\r', '\n', ' ', ':', '\x7f', '\xff', 'a')))
  .map(([text, where, put]) => {
    const at = text.length === 0 ? 0 : where % text.length;
    return text.slice(0, at) + (put ?? '') + text.slice(at + 1);
  });

test('whatever our reader takes for an answer, Node’s own client takes for the same one', {
  timeout: 120_000,
}, async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(answer, answer, damaged), async (text) => {
      const ours = byOurs(text);
      if (ours === undefined) return;
      taken++;
      expect(ours.read, JSON.stringify(text)).toEqual(await byNode(ours.used));
    }),
    { numRuns: 4_000 },
  );
  // Else it would say nothing.
  expect(taken).toBeGreaterThan(200);
});
