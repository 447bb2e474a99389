import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedAnswer } from './answer-fields.ts';
import { AnswerReader } from './answer-reader.ts';

interface Read {
  readonly told: readonly unknown[];
  readonly isOver: boolean;
  readonly keepAlive: boolean;
  readonly hint: number | undefined;
}

/** What is told of bytes that come in these pieces; the body as one text. */
function readAll(pieces: readonly string[], method = 'GET', end = false): Read {
  const reader = new AnswerReader(1_000);
  const told: unknown[] = [];
  let body = '';
  reader.expect(method, {
    onHead: ({ status, reason, headers, length }) => told.push({ status, reason, headers, length }),
    onData(chunk) {
      body += chunk.toString('latin1');
      return true;
    },
    onEnd: (trailers) => told.push(body, trailers),
  });
  for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'));
  if (end) reader.end();
  const { isOver, keepAlive, hint } = reader;
  return { told: isOver ? told : [...told, body], isOver, keepAlive, hint };
}

function splitAt(text: string, cuts: readonly number[]): string[] {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted((a, b) => a - b);
  return at.slice(1).map((to, index) => text.slice(at[index], to));
}

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

const answers = {
  'with a length': `${ok}Content-Length: 2\r\nX: \t a b \t\r\n\r\nok`,
  'with no length but nothing': `${ok}Content-Length: 0\r\n\r\n`,
  'behind interim ones': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
  'in chunks': `${chunked}2\r\nab\r\n1;ext="x"\r\nc\r\n0\r\n\r\n`,
  'in chunks, with trailers': `${chunked}A\r\n0123456789\r\n00\r\nX-Sum: 1\r\nY:2\r\n\r\n`,
  'that says when it closes': `${ok}Content-Length: 1\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5, max=3\r\n\r\nx`,
  'without a body': 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
  'without header fields': 'HTTP/1.1 204\r\n\r\n',
} as const;

describe('an answer is read the same however it comes in pieces', () => {
  test.each(Object.entries(answers))('%s', (_name, text) => {
    const whole = readAll([text]);
    expect(whole).toMatchObject({ isOver: true, keepAlive: true });
    expect(readAll([...text])).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (cuts) => {
        expect(readAll(splitAt(text, cuts))).toEqual(whole);
      }),
    );
  });

  test('values lose the blanks around them, names their capitals, and what is told is what was sent', () => {
    expect(readAll([answers['with a length']]).told).toEqual([
      { status: 200, reason: 'OK', headers: ['content-length', '2', 'x', 'a b'], length: 2 },
      'ok',
      [],
    ]);
    expect(readAll([answers['in chunks, with trailers']]).told.slice(1)).toEqual([
      '0123456789',
      ['x-sum', '1', 'y', '2'],
    ]);
    expect(readAll([answers['that says when it closes']]).hint).toBe(5_000);
  });
});

describe('where an answer ends', () => {
  test('only the end of the connection ends one without a length', () => {
    const text = `${ok}\r\nall of it`;
    expect(readAll([text])).toMatchObject({ isOver: false, told: [{ length: undefined }, 'all of it'] });
    expect(readAll([...text], 'GET', true)).toMatchObject({ isOver: true, keepAlive: false });
  });

  test.each([
    `${ok}Content-Length: 3\r\n\r\nok`,
    `${chunked}2\r\nok\r\n`,
    `${chunked}2\r\nok\r\n0\r\n`,
    `${ok}Content-Le`,
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    '',
  ])('its beginning is none, when the connection ends: %j', (text) => {
    expect(readAll([text], 'GET', true).isOver).toBe(false);
  });

  test.each([
    ['more than its length', `${ok}Content-Length: 2\r\n\r\nok!`, 'GET'],
    ['another answer behind it', `${answers['in chunks']}${answers['with a length']}`, 'GET'],
    ['HEAD, whose body might come', `${ok}Content-Length: 2\r\n\r\n`, 'HEAD'],
    ['304 that tells of a body', 'HTTP/1.1 304 X\r\nContent-Length: 2\r\n\r\n', 'GET'],
    ['204 that tells of chunks', 'HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n', 'GET'],
    ['a farewell', `${ok}Content-Length: 2\r\nConnection: Foo, Close\r\n\r\nok`, 'GET'],
    ['a farewell beside a welcome', `${ok}Content-Length: 2\r\nConnection: close, keep-alive\r\n\r\nok`, 'GET'],
    ['two farewells', `${ok}Content-Length: 2\r\nConnection: x\r\nConnection: close\r\n\r\nok`, 'GET'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'GET'],
  ])('no other request goes on its connection: %s', (_name, text, method) => {
    expect(readAll([text], method)).toMatchObject({ isOver: true, keepAlive: false });
    // Between pieces nothing can be told, but before the next use.
    expect(readAll(['', text], method).keepAlive).toBe(false);
  });

  test('HTTP/1.0 may ask for another', () => {
    const text = 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nok';
    expect(readAll([text])).toMatchObject({ isOver: true, keepAlive: true });
  });

  test.each([
    [`${ok}Content-Length: 2\r\nConnection: closed, not-close\r\n\r\nok`, true],
    ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive-not\r\n\r\nok', false],
    ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: close, keep-alive\r\n\r\nok', false],
  ])('whole words alone say how a connection goes on: %j', (text, keepAlive) => {
    expect(readAll([text]).keepAlive).toBe(keepAlive);
  });

  test('an answer to HEAD that tells of no body ends its connection, too', () => {
    expect(readAll([`${ok}X: 1\r\n\r\n`], 'HEAD')).toMatchObject({ isOver: true, keepAlive: false });
  });

  test.each([
    ['Keep-Alive: timeout=12', 12_000],
    ['Keep-Alive: max=3,\tTimeout=7', 7_000],
    ['Keep-Alive: max=3', undefined],
    ['Keep-Alive: idle-timeout=3', undefined],
    ['X: timeout=9', undefined],
  ])('%s is how long a container waits: %j ms', (field, hint) => {
    expect(readAll([`${ok}${field}\r\nContent-Length: 0\r\n\r\n`]).hint).toBe(hint);
  });

  test('each answer says anew how long', () => {
    const reader = new AnswerReader(1_000);
    const nothing = () => undefined;
    const hints = ['Keep-Alive: timeout=5\r\n', '', 'Keep-Alive: timeout=5\r\n'].map((field) => {
      reader.expect('GET', { onHead: nothing, onData: () => true, onEnd: nothing });
      reader.read(Buffer.from(`${ok}${field}Content-Length: 0\r\n\r\n`));
      return reader.hint;
    });
    expect(hints).toEqual([5_000, undefined, 5_000]);
  });

  test.each([
    ['one that nobody knows', 'Transfer-Encoding: gzip\r\n'],
    ['two in a field', 'Transfer-Encoding: gzip, chunked\r\n'],
    ['two fields', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'],
  ])('with a coding other than chunks it has none: %s', (_name, fields) => {
    const text = `${ok}${fields}\r\n2\r\nok\r\n0\r\n\r\n`;
    expect(readAll([text])).toMatchObject({ isOver: false, keepAlive: false });
  });

  test('the last of a body is known where its length is', () => {
    const lasts = (pieces: readonly string[]) => {
      const reader = new AnswerReader(1_000);
      const told: boolean[] = [];
      reader.expect('GET', {
        onHead: () => undefined,
        onData: (_chunk, last) => told.push(last) > 0,
        onEnd: () => undefined,
      });
      for (const piece of pieces) reader.read(Buffer.from(piece));
      return told;
    };
    expect(lasts([`${ok}Content-Length: 12\r\n\r\nHello world!`])).toEqual([true]);
    expect(lasts([`${ok}Content-Length: 12\r\n\r\nHello`, ' world', '!'])).toEqual([false, false, true]);
    expect(lasts([`${chunked}2\r\nok\r\n0\r\n\r\n`])).toEqual([false]);
    expect(lasts([`${ok}\r\nok`])).toEqual([false]);
  });

  test('its end is told once, and to nobody who stopped it', () => {
    const reader = new AnswerReader(1_000);
    expect(reader).toMatchObject({ isOver: true, keepAlive: false });
    const told: string[] = [];
    const sink = { onHead: () => undefined, onData: () => true, onEnd: () => told.push('end') };
    reader.expect('GET', sink);
    reader.read(Buffer.from(`${ok}\r\nall`));
    expect([reader.end(), reader.end(), told]).toEqual([true, false, ['end']]);
    reader.expect('GET', sink);
    expect([reader.end(), told.length]).toEqual([false, 1]);
    reader.expect('GET', {
      ...sink,
      onData() {
        reader.stop();
        return true;
      },
    });
    reader.read(Buffer.from(`${ok}Content-Length: 2\r\n\r\nok`));
    expect(told).toEqual(['end']);
  });

  test('nothing is told to whoever stopped it', () => {
    const reader = new AnswerReader(1_000);
    const told: string[] = [];
    reader.expect('GET', {
      onHead: () => reader.stop(),
      onData: () => told.push('data') > 0,
      onEnd: () => told.push('end'),
    });
    reader.read(Buffer.from(answers['with a length']));
    expect(told).toEqual([]);
    expect(reader).toMatchObject({ isOver: true, keepAlive: false });
  });

  test('a sink that waits is told of', () => {
    const reader = new AnswerReader(1_000);
    const nothing = () => undefined;
    reader.expect('GET', { onHead: nothing, onData: () => false, onEnd: nothing });
    expect(reader.read(Buffer.from(`${ok}Content-Length: 9\r\n\r\n`))).toBe(true);
    expect(reader.read(Buffer.from('some'))).toBe(false);
  });
});

describe('at its limits it is one still', () => {
  test.each([
    ['a hundred interim answers', `${'HTTP/1.1 103 X\r\n\r\n'.repeat(100)}${ok}Content-Length: 2\r\n\r\nok`],
    ['as long as it may be', `${ok}Content-Length: 2\r\nX: ${'x'.repeat(983)}\r\n\r\nok`],
    ['an empty value', `${ok}X:\r\nY: \t \r\nContent-Length: 2\r\n\r\nok`],
  ])('%s', (_name, text) => {
    expect(readAll([text])).toMatchObject({ isOver: true, keepAlive: true });
  });

  test('a status below 100 is told, for others to refuse, and no reason is an empty one', () => {
    const [head] = readAll(['HTTP/1.1 099\r\nContent-Length: 0\r\n\r\n']).told;
    expect(head).toMatchObject({ status: 99, reason: '' });
  });
});

describe('what is no answer', () => {
  const long = 'x'.repeat(1_000);
  test.each([
    'ok',
    'HTTP/1.1  200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    ' HTTP/1.1 200 OK\r\n\r\n',
    'xHTTP/1.1 200 OK\r\n\r\n',
    `${ok}X: ${'x'.repeat(999)}\r\n\r\n`,
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1\t200 OK\r\n\r\n',
    'HTTP/3.0 200 OK\r\n\r\n',
    'http/1.1 200 OK\r\n\r\n',
    '\r\nHTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\n\n',
    'HTTP/1.1 200 a\rb\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
    `${ok}X : 1\r\n\r\n`,
    `${ok} X: 1\r\n\r\n`,
    `${ok}X: 1\r\n 2\r\n\r\n`,
    `${ok}: 1\r\n\r\n`,
    `${ok}X\r\n\r\n`,
    `${ok}X\r\nY: 1\r\n\r\n`,
    `${ok}X\xe9: 1\r\n\r\n`,
    `${ok}X: \0\r\n\r\n`,
    `${ok}X: \x7f\r\n\r\n`,
    `${ok}X: a\rb\r\n\r\n`,
    `${ok}X: a\nY: b\r\n\r\n`,
    `${ok}X: ${long}\r\n\r\n`,
    `${ok}${'X: y\r\n'.repeat(600)}\r\n`,
    `${ok}X: ${long.repeat(5)}`,
    `${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`,
    `${ok}Content-Length: 1, 1\r\n\r\n`,
    `${ok}Content-Length: +1\r\n\r\n`,
    `${ok}Content-Length: 1e1\r\n\r\n`,
    `${ok}Content-Length: \r\n\r\n`,
    `${ok}Content-Length: ${'9'.repeat(16)}\r\n\r\n`,
    `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    `${ok}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n`,
    `${chunked}\r\n`,
    `${chunked}g\r\n`,
    `${chunked}-1\r\n`,
    `${chunked}0x1\r\n`,
    `${chunked}1 \r\nx\r\n`,
    `${chunked}1\nx\r\n`,
    `${chunked}${'f'.repeat(14)}\r\n`,
    `${chunked}1;\0\r\nx\r\n`,
    `${chunked}1\r\nxy\r\n`,
    `${chunked}1;${'x'.repeat(17_000)}`,
    `${chunked}0\r\nX : 1\r\n\r\n`,
    `${chunked}0\r\nX\r\n\r\n`,
    `${chunked}0\r\nX: ${long}\r\n\r\n`,
    'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(101),
  ])('%j', (text) => {
    expect(() => readAll([text])).toThrow(MalformedAnswer);
    expect(() => readAll([...text])).toThrow(MalformedAnswer);
  });

  test.each(['\x16\x03\x03\0\x05', '\0\0\x12\x04\0\0\0\0\0', 'SSH-2.0', 'HTTQ'])(
    'is known by its first bytes, and they are told: %j',
    (text) => {
      expect(() => readAll([text])).toThrow(
        expect.objectContaining({ rawPacket: Buffer.from(text, 'latin1') }) as MalformedAnswer,
      );
    },
  );
});
