import { describe, expect, test } from 'vitest';
import { answersIn, valuesIn } from './answers-in.ts';
import { gateCloud } from './gate-cloud.ts';
import { mirrorCloud, named, protocols } from './mirror-cloud.ts';
import { verifies } from './verifies.ts';
import { wire } from './wire.ts';

/** Who is calling, where to, by which way, where it ends; what a proxy before the gate may have said; anything else. */
const decisive = [
  'authorization',
  'x-serverless-authorization',
  'proxy-authorization',
  'proxy-authenticate',
  'cookie',
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-real-ip',
  'via',
  'traceparent',
  'x-cloud-trace-context',
  'x-goog-authenticated-user-email',
  'x-goog-iap-jwt-assertion',
  'x-api-key',
  'origin',
  'x-anything',
  ':path',
  '*',
];

const spellings: ((name: string) => string)[] = [
  (name) => `Connection: ${name}`,
  (name) => `connection: close, ${name.toUpperCase()}`,
  (name) => `CONNECTION: \t${name}\t,,keep-alive`,
  (name) => `Connection: close\r\nConnection: ${name}`,
  (name) => `Connection: keep-alive,upgrade,${name} , te`,
];

const forged = (token: string) => {
  const [head = '', ,] = token.split('.');
  const claims = { iss: 'https://accounts.google.com', email: 'owner@example.com', email_verified: true, sub: '1' };
  return `Bearer ${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.SIGNATURE_REMOVED_BY_GOOGLE`;
};

describe.each(protocols)('Connection, before a container that speaks %s', (protocol) => {
  verifies(
    'gate:named-away',
    `${decisive.length * spellings.length} ways to name a header that is not of one hop`,
    async () => {
      await using gates = await mirrorCloud(protocol);
      const [, good = ''] = await gates.bearer('open', 'closed');
      const identity = `X-Serverless-Authorization: ${good}\r\nAuthorization: ${forged(good)}\r\nCookie: a=b`;
      for (const name of decisive)
        for (const spell of spellings) {
          const answer = await wire(
            gates.url('closed'),
            `GET /x HTTP/1.1\r\nHost: x\r\n${spell(name)}\r\n${identity}\r\n\r\n`,
          );
          expect(answer, spell(name)).toMatch(/^HTTP\/1\.1 400 /);
          expect(gates.newest(), spell(name)).toMatchObject({
            status: 400,
            rule: 'malformed-request',
            reason: `Connection names ${name}, which is not of one hop`,
          });
        }
      expect(gates.reached).toEqual([]);
      expect(gates.thrown).toEqual([]);
    },
  );

  test('what is of one hop may be named, and the identity arrives as it was consumed', async () => {
    await using gates = await mirrorCloud(protocol);
    const [, good = ''] = await gates.bearer('open', 'closed');
    for (const options of [
      'close',
      'Close',
      'TE, close',
      'close,Upgrade,HTTP2-Settings',
      'Trailer, Proxy-Connection,close',
      'close,,',
    ]) {
      const identity = `X-Serverless-Authorization: ${good}\r\nAuthorization: ${forged(good)}`;
      const answer = await wire(
        gates.url('closed'),
        `GET /x HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: ${options}\r\n${identity}\r\n\r\n`,
      );
      expect(answer, options).toMatch(/^HTTP\/1\.1 200 /);
      const seen = gates.reached.pop() ?? { raw: [] };
      expect(named(seen, 'x-serverless-authorization')).toEqual([
        `${good.split('.').slice(0, 2).join('.')}.SIGNATURE_REMOVED_BY_GOOGLE`,
      ]);
      expect(named(seen, 'authorization')).toEqual([forged(good)]);
      expect(named(seen, 'connection')).toEqual(protocol === 'http1' ? ['keep-alive'] : []);
    }
  });

  verifies('gate:named-away', 'nor by an underscore, which CGI and its heirs read as a dash', async () => {
    await using gates = await mirrorCloud(protocol);
    for (const name of [
      'X_Serverless_Authorization',
      'X-Serverless_Authorization',
      'x_forwarded_for',
      'X_Forwarded-Proto',
      'Content_Length',
      'Transfer_Encoding',
      'X_Cloud_Trace_Context',
      'X_Google_Anything',
      'Proxy_Authorization',
    ]) {
      expect(await wire(gates.url('open'), `GET / HTTP/1.1\r\nHost: x\r\n${name}: 1\r\n\r\n`), name).toMatch(
        /^HTTP\/1\.1 400 /,
      );
      expect(gates.newest()).toMatchObject({ rule: 'malformed-request', mend: expect.stringContaining('-') });
    }
    expect(gates.reached).toEqual([]);
    const other = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nMy_Header: 1\r\n\r\n';
    expect(await wire(gates.url('open'), other)).toMatch(/^HTTP\/1\.1 200 /);
    expect(named(gates.reached[0] ?? { raw: [] }, 'my_header')).toEqual(['1']);
  });
});

test('no WebSocket is opened by a request that names its token away', async () => {
  await using gates = await mirrorCloud('http1');
  const [, good = ''] = await gates.bearer('open', 'closed');
  const head = `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, X-Serverless-Authorization\r\n`;
  const answer = await wire(gates.url('closed'), `${head}X-Serverless-Authorization: ${good}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(gates.reached).toEqual([]);
});

describe('what the container names', () => {
  const answer = [
    'HTTP/1.1 401 Unauthorized',
    'Connection: close, set-cookie, www-authenticate, location, cache-control, content-length, content-type, x-own, server',
    'Set-Cookie: a=b',
    'Cache-Control: public',
    'WWW-Authenticate: Basic',
    'Location: /there',
    'Content-Type: text/plain',
    'X-Own: 1',
    'Server: mine',
    'Content-Length: 2',
  ];

  verifies('gate:named-away', 'arrives at the caller all the same', async () => {
    await using gates = await gateCloud({
      tcp: (socket) => void socket.once('data', () => socket.end(`${answer.join('\r\n')}\r\n\r\nok`)),
    });
    const [read] = answersIn(await wire(gates.url('open'), 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
    expect(read).toMatchObject({ status: 401, body: 'ok' });
    const values = (name: string) => (read === undefined ? [] : valuesIn(read, name));
    expect(values('set-cookie')).toEqual(['a=b']);
    expect(values('cache-control')).toEqual(['private']);
    expect(values('www-authenticate')).toEqual(['Basic']);
    expect(values('location')).toEqual(['/there']);
    expect(values('x-own')).toEqual(['1']);
    expect(values('server')).toEqual(['Google Frontend']);
    expect(values('connection')).toEqual(['close']);
  });
});

describe('trailers', () => {
  const never = [
    'Authorization',
    'X-Serverless-Authorization',
    'X_Serverless_Authorization',
    'Proxy-Authorization',
    'Cookie',
    'Set-Cookie',
    'Host',
    'Content-Length',
    'Content-Type',
    'Content-Encoding',
    'Transfer-Encoding',
    'Connection',
    'Upgrade',
    'Expect',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Goog-Authenticated-User-Email',
    'X-Google-A',
    'traceparent',
    'X-Cloud-Trace-Context',
    'Cache-Control',
    'Location',
    'WWW-Authenticate',
    'Server',
    'If-Match',
    'Range',
    'Vary',
    'TE',
    'Trailer',
  ];
  const chunked = (head: string, name: string) =>
    `${head}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n${name}: v\r\nX-Sum: v\r\n\r\n`;
  /** What the parser itself refuses: the message ends there, or is broken off. */
  const framing = ['Content-Length', 'Transfer-Encoding'];

  verifies(
    'gate:trailers',
    `none of ${never.length} that decide something, to the container or to the caller`,
    async () => {
      let heard = '';
      let name = '';
      await using gates = await gateCloud({
        tcp: (socket) => {
          heard = '';
          socket.on('data', (chunk) => {
            heard += chunk.toString('latin1');
            if (heard.includes('X-Sum')) socket.end(chunked('HTTP/1.1 200 OK', name), 'latin1');
          });
        },
      });
      for (name of never) {
        const answer = await wire(gates.url('open'), chunked('POST / HTTP/1.1\r\nHost: x', name));
        const [, sent = ''] = heard.split('\r\n0\r\n');
        const [, back = ''] = answer.split('\r\n0\r\n');
        const refused = framing.includes(name);
        expect({ name, sent, back }).toEqual({
          name,
          sent: refused ? '' : 'X-Sum: v\r\n\r\n',
          back: refused ? '' : 'X-Sum: v\r\n\r\n',
        });
      }
    },
  );
});
