import { describe, expect, test } from 'vitest';
import { answersIn } from './answers-in.ts';
import { gateCloud } from './gate-cloud.ts';
import { type MirrorCloud, mirrorCloud, named, protocols, watched } from './mirror-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';
import { dial, until, untilClosed, wire } from './wire.ts';

const close = 'Host: x\r\nConnection: close\r\n';
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${close}${more}\r\n`;
const post = (framing: string, body: string) => `POST /p HTTP/1.1\r\n${close}${framing}\r\n\r\n${body}`;

/** Header fields of which HTTP/2 takes one alone, where the other is not the gate's to choose. */
const singles = [
  'User-Agent',
  'Authorization',
  'Content-Type',
  'Referer',
  'If-Match',
  'Range',
  'ETag',
  'From',
  'Date',
  'DNT',
];
const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'status', 'method', 'path'];

/** What a caller may send, and the status that it gets. */
const table: Record<string, readonly [bytes: string, status: number]> = {
  ...Object.fromEntries(
    [...singles, ...odd].map((name) => [`${name} twice`, [get('/', `${name}: a\r\n${name}: b\r\n`), 200]]),
  ),
  'no version': ['GET /\r\n\r\n', 400],
  'HTTP/0.9': ['GET / HTTP/0.9\r\nHost: x\r\n\r\n', 400],
  'HTTP/1.2': ['GET / HTTP/1.2\r\nHost: x\r\n\r\n', 400],
  'HTTP/2.0': ['GET / HTTP/2.0\r\nHost: x\r\n\r\n', 400],
  'HTTP/9.9': ['GET / HTTP/9.9\r\nHost: x\r\n\r\n', 400],
  TRACE: [get('/').replace('GET', 'TRACE'), 200],
  'a method that nobody knows': [get('/').replace('GET', 'BREW'), 400],
  'a method in lower case': [get('/').replace('GET', 'get'), 400],
  CONNECT: [`CONNECT x:1 HTTP/1.1\r\n${close}\r\n`, 405],
  'CONNECT with a path and a body': [`CONNECT /x HTTP/1.1\r\n${close}Content-Length: 5\r\n\r\nhello`, 405],
  'the asterisk': [`OPTIONS * HTTP/1.1\r\n${close}\r\n`, 400],
  'an authority': [`GET x:80 HTTP/1.1\r\n${close}\r\n`, 400],
  'a fragment': [get('/open#/../secret'), 400],
  'two hosts': [get('/', 'Host: x\r\n'), 400],
  'two hosts and an absolute target': [get('http://x/', 'Host: y\r\n'), 400],
  'no host': ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  'a host that is none': ['GET / HTTP/1.1\r\nHost: a@b\r\n\r\n', 400],
  'an expectation that nobody knows': [get('/', 'Expect: 200-maybe\r\n'), 417],
  'two expectations': [get('/', 'Expect: 100-continue\r\nExpect: x\r\n'), 417],
  'HTTP/1.0 that expects': ['POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok', 200],
  'HTTP/1.0 in chunks': ['POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  'an upgrade to h2c': [
    get('/', 'Upgrade: h2c\r\nHTTP2-Settings: AAAA\r\nConnection: Upgrade, HTTP2-Settings\r\n'),
    200,
  ],
  'a WebSocket by POST, with a body': [
    `POST /p HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello`,
    200,
  ],
  'a WebSocket by GET, with a body': [
    `GET /p HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello`,
    200,
  ],
  'two slashes': [get('//evil.example/x'), 200],
  'dots and a broken escape': [get('/../%2e%2e/%zz%'), 200],
  'an escaped NUL': [get('/%00'), 200],
  'bytes beyond ASCII': [get('/\xff\xfe'), 400],
  'a blank in the path': [get('/a b'), 400],
  'a NUL in the path': [get('/a\0b'), 400],
  'a coding that nobody knows': [post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'), 400],
  'a coding twice': [post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), 400],
  'a length and chunks': [post('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), 400],
  'two lengths': [post('Content-Length: 5\r\nContent-Length: 6', 'hello'), 400],
  'a length below zero': [post('Content-Length: -5', 'hello'), 400],
  'a length in hex': [post('Content-Length: 0x5', 'hello'), 400],
  'a length without end': [post('Content-Length: 99999999999999999999999', 'hello'), 400],
  'a length with zeros before it': [post('Content-Length: 0005', 'hello'), 200],
  'a length of zeros': [post('Content-Length: 000', ''), 200],
  'a chunk that is none': [post('Transfer-Encoding: chunked', '5\r\nhello\r\nzz\r\n'), 400],
  'a chunk below zero': [post('Transfer-Encoding: chunked', '-1\r\n'), 400],
  'a chunk without end': [post('Transfer-Encoding: chunked', 'fffffffffffffffffff\r\nx'), 400],
  'a chunk with a long extension': [
    post('Transfer-Encoding: chunked', `5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
    413,
  ],
  'a folded header': [get('/', 'X: a\r\n b\r\n'), 400],
  'a NUL in a header': [get('/', 'X: \0\r\n'), 400],
  'line feeds alone': [`GET / HTTP/1.1\nHost: x\n\n`, 400],
  'a header without a colon': [get('/', 'X\r\n'), 400],
  'a blank before the colon': [get('/', 'X : 1\r\n'), 400],
  'a name that is none': [get('/', 'X@(): 1\r\n'), 400],
  'a pseudo header': [get('/', ':authority: y\r\n'), 400],
  'a head without end': [`GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`, 431],
};

/** Whatever was sent before. */
async function isWell(gates: MirrorCloud): Promise<void> {
  expect(await wire(gates.url('open'), get('/well'))).toMatch(/^HTTP\/1\.1 200 [\s\S]*<\/well>/);
  expect(gates.thrown).toEqual([]);
}

describe.each(protocols)('what a caller may send to a container that speaks %s', (protocol) => {
  verifies(
    'gate:raw-requests',
    `${Object.keys(table).length} ways: an answer, a decision, and the gate goes on`,
    async () => {
      await using gates = await mirrorCloud(protocol);
      const [got, expected]: unknown[][] = [[], []];
      for (const [name, [bytes, status]] of Object.entries(table)) {
        const before = gates.cloud.decisions.list().length;
        const answers = answersIn(await wire(gates.url('open'), bytes), [bytes.split(' ')[0] ?? '']);
        const decided = gates.cloud.decisions.list().slice(before);
        got?.push([name, answers.map((answer) => answer.status), decided.map((one) => `${one.status} ${one.rule}`)]);
        expected?.push([name, [status], [`${status} ${status === 200 ? 'public' : 'malformed-request'}`]]);
        await isWell(gates);
      }
      expect(got).toEqual(expected);
    },
  );

  verifies('gate:raw-requests', 'a header sent twice reaches the container twice', async () => {
    await using gates = await mirrorCloud(protocol);
    for (const name of [...singles, ...odd]) {
      await wire(gates.url('open'), get('/', `${name}: a\r\n${name}: b\r\n`));
      expect(named(gates.reached.at(-1) ?? { raw: [] }, name.toLowerCase()), name).toEqual(['a', 'b']);
    }
  });

  verifies('gate:raw-requests', 'no header is lost for their number, and no body behind them', async () => {
    await using gates = await mirrorCloud(protocol);
    const many = Array.from({ length: 3000 }, (_, index) => `X: ${index}`).join('\r\n');
    expect(await wire(gates.url('open'), post(`${many}\r\nX-Last: 1\r\nContent-Length: 5`, 'hello'))).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    const seen = gates.reached.at(-1);
    expect(seen?.body).toBe('hello');
    expect(named(seen ?? { raw: [] }, 'x')).toHaveLength(3000);
    expect(named(seen ?? { raw: [] }, 'x-last')).toEqual(['1']);
  });

  verifies('gate:raw-requests', 'who goes away before the answer leaves a decision, too', async () => {
    await using gates = await mirrorCloud(protocol);
    for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const told = Promise.withResolvers<unknown>();
      const stop = gates.cloud.decisions.onDecision(told.resolve);
      const socket = await dial(gates.url('open'));
      socket.write('POST /gone HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n');
      await until(socket, '100 Continue');
      socket.write('half');
      socket[end]();
      expect(await told.promise, end).toMatchObject({
        path: '/gone',
        status: end === 'resetAndDestroy' ? 499 : 400,
        rule: end === 'resetAndDestroy' ? 'caller-gone' : 'malformed-request',
      });
      stop();
      socket.destroy();
      await isWell(gates);
    }
  });

  verifies('gate:raw-requests', 'a body that breaks after the answer to its request gets no other', async () => {
    await using gates = await mirrorCloud(protocol);
    const broken = 'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello, and no more';
    const answers = answersIn(await wire(gates.url('closed'), broken));
    expect(answers.map((answer) => answer.status)).toEqual([403]);
    expect(gates.cloud.decisions.list().map((one) => one.status)).toEqual([403]);
  });

  verifies('gate:raw-requests', 'rubbish behind a request is no answer to it', async () => {
    await using gates = await mirrorCloud(protocol);
    for (const rubbish of [
      'rubbish\r\n\r\n',
      '\0'.repeat(100),
      'GET / HTTP/1.1\r\nX : 1\r\n\r\n',
      `X: ${'x'.repeat(70_000)}`,
    ]) {
      const answers = answersIn(await wire(gates.url('open'), `GET /first HTTP/1.1\r\nHost: x\r\n\r\n${rubbish}`));
      expect(answers.map(({ status, body }) => [status, body])).not.toContainEqual([200, '']);
      expect(answers[0]?.status ?? 200, rubbish.slice(0, 20)).toBe(200);
      const socket = await dial(gates.url('open'));
      socket.write('GET /first HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(socket, '</first>');
      socket.write(rubbish, 'latin1');
      expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 4(?:00|31) /);
      expect(gates.newest()).toMatchObject({ rule: 'malformed-request', caller: 'anonymous', receiver: 'open' });
      await isWell(gates);
    }
  });
});

test('what goes wrong in the gate itself ends one request, and what was said of it is told to nobody', async () => {
  let broken = false;
  const now = () => {
    if (broken) throw new Error('a secret');
    return Math.floor(Date.now() / 1000);
  };
  await using gates = watched(await gateCloud({ now, app: (_request, response) => void response.end('well') }), {});
  const [name = '', value = ''] = await gates.bearer('open', 'closed');
  broken = true;
  const answer = await rawRequest(`${gates.url('closed')}/x`, [name, value]);
  expect(answer).toMatchObject({ status: 503, body: 'Service Unavailable' });
  expect(gates.newest()).toMatchObject({ status: 503, rule: 'gate-failed', receiver: 'closed' });
  expect(JSON.stringify(gates.newest())).not.toContain('secret');
  broken = false;
  expect(await rawRequest(`${gates.url('closed')}/x`, [name, value])).toMatchObject({ status: 200, body: 'well' });
  expect(gates.thrown).toEqual([]);
});
