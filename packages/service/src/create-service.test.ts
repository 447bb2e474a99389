import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createService, type Service, type ServiceOptions } from './create-service.ts';

const open: Service[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

const noteSchema = {
  type: 'object',
  properties: { text: { type: 'string', maxLength: 20 }, tags: { type: 'array', items: { type: 'string' } } },
  required: ['text'],
  additionalProperties: false,
} as const;
const querySchema = {
  type: 'object',
  properties: { q: { type: 'string' } },
  additionalProperties: false,
} as const;

/** A service with one route of each kind, and the lines that it logs. */
function service(options: Partial<ServiceOptions> = {}) {
  const lines: Record<string, unknown>[] = [];
  const logStream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const app = createService({ name: 'notes', logStream, ...options });
  app.put('/notes/:id', { schema: { body: noteSchema } }, async (request) => ({ text: request.body.text }));
  app.get('/notes', { schema: { querystring: querySchema } }, async (request) => ({ q: request.query.q ?? null }));
  app.get('/breaks', async () => {
    throw new Error('the database password is hunter2');
  });
  open.push(app);
  return { app, lines };
}

const json = { 'content-type': 'application/json' };

describe('bad input', () => {
  test.each([
    ['wrong type', '{"text":5}', 400],
    ['missing field', '{}', 400],
    ['unknown field', '{"text":"a","admin":true}', 400],
    ['too long', `{"text":"${'a'.repeat(21)}"}`, 400],
    ['wrong inner type', '{"text":"a","tags":[1]}', 400],
    ['not an object', '[]', 400],
    ['null', 'null', 400],
    ['no JSON', '{text', 400],
    ['empty', '', 400],
    ['NUL', '{"text":"a\\u0000"}', 400],
    ['NUL in a key', '{"text":"a","\\u0000":1}', 400],
    ['half a surrogate pair', '{"text":"\\ud800"}', 400],
    ['prototype poisoning', '{"text":"a","__proto__":{"x":1}}', 400],
    ['deep', `{"text":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0x74, 0xff, 0x22, 0x7d]), 400],
    ['too large', `{"text":"${'a'.repeat(70_000)}"}`, 413],
  ])('body: %s', async (_case, payload, status) => {
    const { app } = service();
    const answer = await app.inject({ method: 'PUT', url: '/notes/1', headers: json, payload });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ status, title: expect.any(String) });
  });

  test.each([
    ['NUL', 'PUT', '/notes/1', '{"text":"a","tags":["b","\\u0000"]}', 'body/tags/1'],
    ['NUL in a key', 'PUT', '/notes/1', '{"text":"a","\\u0000":1}', 'body'],
    ['half a surrogate pair', 'PUT', '/notes/1', '{"text":"\\ud800"}', 'body/text'],
    ['NUL in the query', 'GET', '/notes?q=a%00', undefined, 'querystring/q'],
    ['broken UTF-8 in the query', 'GET', '/notes?q=%ff', undefined, 'querystring/q'],
  ] as const)('%s: the answer names the field', async (_case, method, url, payload, field) => {
    const { app } = service();
    const answer = await app.inject({ method, url, headers: payload ? json : {}, ...(payload && { payload }) });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ field, detail: expect.any(String) }]);
  });

  test('an escaped backslash before u0000 is text, not NUL', async () => {
    const { app } = service();
    const answer = await app.inject({ method: 'PUT', url: '/notes/1', headers: json, payload: '{"text":"\\\\u0000"}' });
    expect(answer.json()).toEqual({ text: '\\u0000' });
  });

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'nonsense'])(
    'content type %s',
    async (type) => {
      const { app } = service();
      const answer = await app.inject({
        method: 'PUT',
        url: '/notes/1',
        headers: { 'content-type': type },
        payload: 'x',
      });
      expect(answer.statusCode).toBe(415);
    },
  );

  test.each([
    '/notes?q=%00',
    '/notes?q=%ff',
    '/notes?q=100%',
    '/notes?q=a&q=b',
    '/notes?q=a&debug=1',
    '/no%00where',
    '/%c0%af',
    '/%',
  ])('URL %s', async (url) => {
    const { app } = service();
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  test.each(['GET /notes?q=\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n', 'nonsense\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n'])(
    'raw bytes %j',
    async (bytes) => {
      const { app } = service();
      await app.listen({ port: 0, host: '127.0.0.1' });
      const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1');
      socket.end(Buffer.from(bytes, 'latin1'));
      const chunks = await socket.toArray();
      expect(String(chunks[0])).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  test('field-level messages name the place, bounded in number', async () => {
    const { app } = service();
    const payload = JSON.stringify({ tags: Array.from({ length: 200 }, () => 1) });
    const { errors } = (await app.inject({ method: 'PUT', url: '/notes/1', headers: json, payload })).json();
    expect(errors).toContainEqual({ field: 'body/text', detail: "must have required property 'text'" });
    expect(errors).toContainEqual({ field: 'body/tags/0', detail: 'must be string' });
    expect(errors).toHaveLength(20);
  });
});

describe('errors', () => {
  test('nothing of an inner error reaches the sender; the log has it', async () => {
    const { app, lines } = service();
    const answer = await app.inject('/breaks');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('hunter2');
    expect(lines).toContainEqual(
      expect.objectContaining({
        severity: 'ERROR',
        err: expect.objectContaining({ message: 'the database password is hunter2' }),
      }),
    );
  });

  test('a handler that never answers gets a 503', async () => {
    const { app } = service({ handlerTimeout: 20 });
    app.get('/hangs', () => new Promise<never>(() => {}));
    const answer = await app.inject('/hangs');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  test('a page that needs plugins is not asked for where there are none', async () => {
    const { app } = service({ renderProblem: (_problem, _request, reply) => reply.send(reply.getDecorator('absent')) });
    expect((await app.inject('/%')).statusCode).toBe(400);
  });

  test('an unknown path is a problem too', async () => {
    const { app } = service();
    const answer = await app.inject('/nowhere');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({ title: 'Not Found', status: 404, detail: 'There is no GET on this path.' });
  });
});

describe('credentials', () => {
  test.each([401, 403])('why a %i was given stays in the log', async (statusCode) => {
    const { app, lines } = service();
    app.get('/private', async () => {
      const headers = { 'www-authenticate': 'Bearer', 'x-inner': 'no' };
      throw Object.assign(new Error('sub eve is refused'), { statusCode, code: 'REFUSED', headers });
    });
    const answer = await app.inject('/private');
    expect(answer.statusCode).toBe(statusCode);
    expect(answer.json()).toEqual({ title: expect.any(String), status: statusCode });
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer' });
    expect(answer.headers).not.toHaveProperty('x-inner');
    expect(lines[0]).toMatchObject({ severity: 'WARNING', err: { message: 'sub eve is refused' } });
  });
});

describe('health', () => {
  test('live counts every request that came, refused ones too', async () => {
    const { app } = service();
    for (const url of ['/nowhere', '/%', '/notes', '/health/ready']) await app.inject(url);
    await app.inject({ method: 'PUT', url: '/notes/1', headers: json, payload: '{' });
    const answer = await app.inject('/health/live');
    expect(answer.json()).toEqual({ status: 'ok', service: 'notes', requests: 6, live: expect.any(Number) });
  });

  test('ready shows the facts of its checks', async () => {
    const { app } = service();
    app.readyWhen('store', () => ({ pending: 3 }));
    app.readyWhen('quiet', () => undefined);
    expect((await app.inject('/health/ready')).json()).toEqual({ status: 'ok', pending: 3 });
  });

  test('ready is 503 and names the part when a check throws', async () => {
    const { app } = service();
    app.readyWhen('store', async () => {
      throw new Error('disk full');
    });
    const answer = await app.inject('/health/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ status: 'unavailable', failed: ['store'] });
  });
});

describe('log', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  test('a request is one line that carries its trace and no query', async () => {
    const { app, lines } = service();
    await app.inject({ url: '/notes?q=secret', headers: { traceparent } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      severity: 'INFO',
      message: 'GET /notes 200',
      'logging.googleapis.com/trace': '4bf92f3577b34da6a3ce929d0e0e4736',
      'logging.googleapis.com/spanId': '00f067aa0ba902b7',
      httpRequest: { requestMethod: 'GET', requestUrl: '/notes', status: 200 },
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test.each([undefined, 'nonsense', '00-00000000000000000000000000000000-00f067aa0ba902b7-01', `${traceparent}-more`])(
    'traceparent %s is replaced by a new trace, the same in the log and for the next hop',
    async (header) => {
      const { app, lines } = service();
      app.get('/trace', async (request) => request.trace);
      const trace = (await app.inject({ url: '/trace', headers: header ? { traceparent: header } : {} })).json();
      expect(trace.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      expect(lines.at(-1)).toMatchObject({ 'logging.googleapis.com/trace': trace.traceId });
    },
  );

  test('credentials are redacted wherever headers are logged', async () => {
    const { app, lines } = service();
    app.get('/leaks', async (request) => {
      const error = Object.assign(new Error('call failed'), { config: { headers: request.headers } });
      request.log.info({ headers: request.headers }, 'headers');
      request.log.info({ request: { headers: request.headers } }, 'nested');
      request.log.info(request.headers, 'flat');
      request.log.error({ err: error }, 'error');
      return {};
    });
    const headers = {
      authorization: 'Bearer aaa-secret',
      'x-serverless-authorization': 'Bearer bbb-secret',
      cookie: 'session=ccc-secret',
    };
    await app.inject({ url: '/leaks', headers });
    expect(lines).toHaveLength(5);
    expect(JSON.stringify(lines)).not.toContain('-secret');
  });

  test('the client address is the one that the front end saw, not what the sender claims', async () => {
    const { app } = service();
    app.get('/ip', async (request) => request.ip);
    const answer = await app.inject({ url: '/ip', headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' } });
    expect(answer.body).toBe('203.0.113.9');
  });
});
