import { describe, expect } from 'vitest';
import { type GateCloudOptions, gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';
import { wire } from './wire.ts';

/** Answers with what reached it. */
const mirror = (options: GateCloudOptions = {}) =>
  gateCloud({
    app: (request, response) => {
      request.resume();
      request.on('end', () => response.end(JSON.stringify({ url: request.url, raw: request.rawHeaders })));
    },
    ...options,
  });

const rawOf = (body: string): { url: string; raw: string[] } => JSON.parse(body.slice(body.indexOf('{"url"')));
const named = (raw: string[], name: string) =>
  raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);

describe('the headers that a gate passes on', () => {
  verifies('gate:public-serverless-stripped', 'in every form in which a token could hide', async () => {
    await using gates = await mirror();
    for (const [sent, seen] of [
      ['Bearer a.b.c', 'Bearer a.b.SIGNATURE_REMOVED_BY_GOOGLE'],
      ['bearer  a.b.c', 'bearer  a.b.SIGNATURE_REMOVED_BY_GOOGLE'],
      ['Bearer a.b.c,Bearer d.e.f', 'Bearer a.b.SIGNATURE_REMOVED_BY_GOOGLE,Bearer d.e.SIGNATURE_REMOVED_BY_GOOGLE'],
      ['a.b.c', 'a.b.SIGNATURE_REMOVED_BY_GOOGLE'],
      ['Bearer a.b.c.d', 'Bearer a.b.SIGNATURE_REMOVED_BY_GOOGLE'],
      ['Bearer opaque', 'Bearer opaque'],
    ] as const) {
      const { raw } = rawOf((await rawRequest(`${gates.url('open')}/`, ['X-Serverless-Authorization', sent])).body);
      expect(named(raw, 'x-serverless-authorization')).toEqual([seen]);
    }
  });

  verifies('gate:headers-kept', 'names, order and repetition', async () => {
    await using gates = await mirror();
    const sent = ['X-B', '1', 'x-a', '2', 'X-B', '3', 'Cookie', 'a=b', 'X-Empty', '', 'X-Latin', 'caf\xe9'];
    const { raw } = rawOf((await rawRequest(`${gates.url('open')}/`, sent)).body);
    const first = raw.indexOf('X-B');
    expect(raw.slice(first, first + sent.length)).toEqual(sent);
  });

  verifies('gate:headers-removed', 'those that frame a connection, whatever their case', async () => {
    await using gates = await mirror();
    const bytes = [
      'POST /x HTTP/1.1',
      'Host: a',
      'CONNECTION: close, TE , http2-settings',
      'TE: trailers',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'proxy-authenticate: x',
      'Trailer: X-T',
      'Upgrade: h2c',
      'HTTP2-Settings: AAAA',
      'x-GOOGLE-anything: 1',
      'Transfer-Encoding: chunked',
    ];
    const { raw } = rawOf(await wire(gates.url('open'), `${bytes.join('\r\n')}\r\n\r\n1\r\nx\r\n0\r\n\r\n`));
    const names = raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    for (const name of ['te', 'proxy-connection', 'proxy-authenticate', 'trailer', 'upgrade'])
      expect(names, name).not.toContain(name);
    expect(names).not.toContain('http2-settings');
    expect(names).not.toContain('x-google-anything');
    expect(named(raw, 'connection')).toEqual(['keep-alive']);
  });

  verifies('gate:forwarded-proto', 'whoever asks', async () => {
    await using gates = await mirror();
    const { raw } = rawOf((await rawRequest(`${gates.url('open')}/`)).body);
    expect(named(raw, 'x-forwarded-proto')).toEqual(['https']);
  });

  verifies('gate:forwarded-proto-setting', 'and no caller does', async () => {
    for (const [setting, scheme] of [
      [{}, 'http'],
      [{ forwardedProto: 'caller' }, 'http'],
      [{ forwardedProto: 'https' }, 'https'],
    ] as const) {
      await using gates = await mirror({ gate: setting });
      for (const sent of [[], ['X-Forwarded-Proto', 'https', 'Forwarded', 'proto=gopher', 'x-forwarded-proto', 'ws']]) {
        const { raw } = rawOf((await rawRequest(`${gates.url('open')}/`, sent)).body);
        expect(named(raw, 'x-forwarded-proto')).toEqual([scheme]);
        expect(named(raw, 'forwarded')).toEqual([`for="127.0.0.1";proto=${scheme}`]);
      }
    }
  });

  verifies(
    'gate:forwarded-proto-setting',
    'and an app that redirects by it leads its caller to where it is',
    async () => {
      await using gates = await gateCloud({
        app: ({ headers, url }, response) => {
          const own = `${headers['x-forwarded-proto']}://${headers.host}`;
          if (url === '/mcp') response.writeHead(307, { location: `${own}/mcp/` });
          response.end(`at ${url}`);
        },
      });
      const [, authorization = ''] = await gates.bearer('open', 'closed');
      expect(await (await fetch(`${gates.url('open')}/mcp`)).text()).toBe('at /mcp/');
      expect(await (await fetch(`${gates.url('closed')}/mcp`, { headers: { authorization } })).text()).toBe('at /mcp/');
    },
  );

  verifies('gate:serverless-scheme', 'and nothing else of the header changes', async () => {
    await using gates = await mirror({ gate: { serverlessScheme: 'odd' } });
    const [, good = ''] = await gates.bearer('open', 'closed');
    const stripped = good.replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE').replace('Bearer ', '');
    for (const scheme of ['Bearer ', 'BEARER ', 'bearer   ']) {
      const sent = ['X-Serverless-Authorization', good.replace('Bearer ', scheme), 'Authorization', 'Bearer own'];
      const { raw } = rawOf((await rawRequest(`${gates.url('closed')}/`, sent)).body);
      expect(named(raw, 'x-serverless-authorization')).toEqual([`bearer  ${stripped}`]);
      expect(named(raw, 'authorization')).toEqual(['Bearer own']);
    }
    const { raw } = rawOf(
      (await rawRequest(`${gates.url('open')}/`, ['X-Serverless-Authorization', 'Bearer a.b.c'])).body,
    );
    expect(named(raw, 'x-serverless-authorization')).toEqual(['bearer  a.b.SIGNATURE_REMOVED_BY_GOOGLE']);
  });

  verifies('gate:headers-added', 'and no caller can set them', async () => {
    await using gates = await mirror();
    const sent = ['Forwarded', 'for=6.6.6.6', 'X-Cloud-Trace-Context', 'abc/1;o=1', 'traceparent', '00-zz-1-01'];
    const { raw } = rawOf((await rawRequest(`${gates.url('open')}/`, sent)).body);
    expect(named(raw, 'forwarded')).toEqual(['for="127.0.0.1";proto=http']);
    expect(named(raw, 'x-cloud-trace-context')).toEqual([expect.stringMatching(/^[0-9a-f]{32}\/\d+;o=1$/)]);
    expect(named(raw, 'traceparent')).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)]);
  });

  verifies('gate:cookie-private', 'in one Cache-Control', async () => {
    await using gates = await gateCloud({
      app: (_request, response) =>
        void response
          .writeHead(200, [
            'Set-Cookie',
            'a=1',
            'SET-COOKIE',
            'b=2',
            'Cache-Control',
            'public',
            'cache-control',
            'max-age=9',
          ])
          .end(),
    });
    const { headers } = await rawRequest(`${gates.url('open')}/`);
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(headers['cache-control']).toBe('private');
  });

  verifies('gate:answer-headers', 'the server’s name is Google’s, hop-by-hop ones end here', async () => {
    await using gates = await gateCloud({
      app: (_request, response) =>
        void response
          .writeHead(200, ['Server', 'mine', 'Keep-Alive', 'timeout=9', 'Proxy-Authenticate', 'x', 'X-Kept', '1'])
          .end(),
    });
    const { headers } = await rawRequest(`${gates.url('open')}/`);
    expect(headers.server).toBe('Google Frontend');
    expect(headers['proxy-authenticate']).toBeUndefined();
    expect(headers['keep-alive']).not.toBe('timeout=9');
    expect(headers['x-kept']).toBe('1');
    expect(headers['x-cloud-trace-context']).toMatch(/^[0-9a-f]{32};o=1$/);
  });
});

describe('the request target', () => {
  verifies('gate:absolute-form', 'and its host, not Host, is the service that is asked', async () => {
    await using gates = await mirror();
    const { hosts } = gates.cloud.service('open');
    const closed = gates.cloud.service('closed').hosts[0];
    const passed = await wire(
      gates.url('closed'),
      `GET http://${hosts[0]}/a?b=c HTTP/1.1\r\nHost: ${closed}\r\nConnection: close\r\n\r\n`,
    );
    const { url, raw } = rawOf(passed);
    expect(url).toBe('/a?b=c');
    expect(named(raw, 'host')).toEqual([hosts[0]]);
    const refused = await wire(
      gates.url('open'),
      `GET http://${closed}/a HTTP/1.1\r\nHost: ${hosts[0]}\r\nConnection: close\r\n\r\n`,
    );
    expect(refused).toMatch(/^HTTP\/1.1 403 /);
    expect(
      rawOf(await wire(gates.url('open'), 'GET http://x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).url,
    ).toBe('/');
  });

  verifies('gate:malformed-request', 'with a page, and nothing reaches the container', async () => {
    let reached = 0;
    await using gates = await gateCloud({
      app: (_request, response) => {
        reached++;
        response.end();
      },
    });
    for (const target of ['*', 'ftp://x/', 'http://user@x/', 'http:///x', 'x', 'http://', 'http://[::1/x']) {
      const method = target === '*' ? 'OPTIONS' : 'GET';
      const answer = await wire(
        gates.url('open'),
        `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answer, target).toMatch(/^HTTP\/1.1 400 /);
    }
    for (const head of [
      'Host: a\r\nHost: a',
      'Host: a\r\nhOST: b',
      'Host: a b',
      'Host: a/b',
      'Host: [x',
      'Host: a:b',
      'Host: \xe9',
      'X: 1',
    ])
      expect(await wire(gates.url('open'), `GET / HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1.1 400 /,
      );
    expect(await wire(gates.url('open'), 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1.1 405 /);
    expect(reached).toBe(0);
  });

  verifies('gate:no-smuggling', 'one request for one, however it is framed', async () => {
    const reached: string[] = [];
    await using gates = await gateCloud({
      app: (request, response) => {
        reached.push(request.url ?? '');
        request.resume();
        response.end('ok');
      },
    });
    const inner = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    for (const framing of [
      `Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${inner}`,
      `Transfer-Encoding: xchunked\r\n\r\n${inner}`,
      `Content-Length: 1\r\nContent-Length: 60\r\n\r\n${inner}`,
      `Content-Length: +5\r\n\r\n${inner}`,
      `Content-Length : 5\r\n\r\n${inner}`,
      `X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      `X: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      `Transfer-Encoding: chunked\r\n\r\n-1\r\n${inner}`,
      `Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n${inner}`,
    ])
      expect(await wire(gates.url('open'), `POST /outer HTTP/1.1\r\nHost: x\r\n${framing}`), framing).toMatch(
        /HTTP\/1.1 4\d\d /,
      );
    expect(reached).not.toContain('/smuggled');
    reached.length = 0;
    const cl = `POST /outer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`;
    expect(await wire(gates.url('open'), cl)).toMatch(/^HTTP\/1.1 200 /);
    expect(reached).toEqual(['/outer']);
  });
});
