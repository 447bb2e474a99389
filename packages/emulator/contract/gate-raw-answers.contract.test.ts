import type { Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { answersIn, type ReadAnswer, valuesIn } from './answers-in.ts';
import { gateCloud } from './gate-cloud.ts';
import { watched } from './mirror-cloud.ts';
import { verifies } from './verifies.ts';
import { wire } from './wire.ts';

const requests = {
  GET: 'GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  HEAD: 'HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  POST: 'POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi',
  WebSocket:
    'GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
} as const;
type Method = keyof typeof requests;

/** An answer's status and body, or `broken` where it does not end as it says. */
type Expected = number | string | 'broken';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const second = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled';

/** What a container may send, and what its caller gets. HEAD and WebSockets: only where they get something else. */
const table: Record<string, readonly [bytes: string, expected: Expected, others?: Partial<Record<Method, Expected>>]> =
  {
    ...Object.fromEntries(
      ['000', '001', '099', '600', '999', '99', '0', '2000', '-20', '20', '2OO', '200.1', ''].map((status) => [
        `the status "${status}"`,
        [`HTTP/1.1 ${status} Odd\r\nContent-Length: 2\r\n\r\nok`, 503],
      ]),
    ),
    'a reason in UTF-8': [Buffer.from(`HTTP/1.1 200 Größe ✓\r\nContent-Length: 2\r\n\r\nok`).toString('latin1'), 'ok'],
    'a reason in Latin 1': ['HTTP/1.1 200 caf\xe9\r\nContent-Length: 2\r\n\r\nok', 'ok'],
    'a reason with a tab': ['HTTP/1.1 200 a\tb\r\nContent-Length: 2\r\n\r\nok', 'ok'],
    'no reason': ['HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 'ok'],
    'interim answers, then the answer': [
      `${'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(10)}${ok}\r\nok`,
      'ok',
    ],
    'interim answers without end': ['HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(5000), 503],
    'an interim answer alone': ['HTTP/1.1 102 Processing\r\n\r\n', 503],
    'a switch without a protocol': ['HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n', 503],
    'a switch to another protocol': [
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      503,
    ],
    'a switch to two protocols': [
      'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n\r\n',
      503,
    ],
    '204 with a body': ['HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody', 204],
    '204 with a body that nothing tells of': ['HTTP/1.1 204 No Content\r\n\r\nbody', 204],
    '204 in chunks': ['HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n', 204],
    '204 and another answer': [`HTTP/1.1 204 No Content\r\n\r\n${second}`, 204],
    '304 with a body': ['HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody', 304],
    '205 with a body': ['HTTP/1.1 205 Reset Content\r\nContent-Length: 4\r\n\r\nbody', 'body'],
    'more than its length': [`${ok}\r\nok and more`, 'ok'],
    'its length, and another answer': [`${ok}\r\nok${second}`, 'ok'],
    'less than its length': ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok', 'broken'],
    'its length and nothing': ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 'broken'],
    'two lengths': ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk', 503],
    'one length twice': ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok', 503],
    'a list of lengths': ['HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok', 503],
    'a length below zero': ['HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok', 503],
    'a length in hex': ['HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok', 503],
    'a length without end': [`HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\nok`, 503],
    'a length and chunks': [
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      503,
    ],
    'a coding that nobody knows': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok', 503],
    'two codings': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', 503],
    'chunks twice': [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      503,
    ],
    'a chunk that is none': [`${chunked}2\r\nok\r\nzz\r\n`, 'broken'],
    'a chunk that is cut': [`${chunked}9\r\nok`, 'broken'],
    'chunks without an end': [`${chunked}2\r\nok\r\n`, 'broken'],
    'chunks, and another answer': [`${chunked}2\r\nok\r\n0\r\n\r\n${second}`, 'ok'],
    'a name that is none': [`${ok}X@(): 1\r\n\r\nok`, 503],
    'a name with a blank': [`${ok}X : 1\r\n\r\nok`, 503],
    'no name': [`${ok}: 1\r\n\r\nok`, 503],
    'no colon': [`${ok}X\r\n\r\nok`, 503],
    'a NUL in a value': [`${ok}X: a\0b\r\n\r\nok`, 503],
    'a carriage return in a value': [`${ok}X: a\rb\r\n\r\nok`, 503],
    'a control character in a value': [`${ok}X: a\x01b\r\n\r\nok`, 503],
    'a value in Latin 1': [`${ok}X: caf\xe9\r\n\r\nok`, 'ok'],
    'a folded value': [`${ok}X: a\r\n b\r\n\r\nok`, 503],
    'line feeds alone': ['HTTP/1.1 200 OK\nContent-Length: 2\n\nok', 503],
    'HTTP/0.9': ['ok', 503],
    'HTTP/1.0': ['HTTP/1.0 200 OK\r\n\r\nok', 'ok'],
    'HTTP/2.0 in the form of HTTP/1.1': ['HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ok'],
    'HTTP/9.9': ['HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\nok', 503],
    'another protocol': ['ICY 200 OK\r\nContent-Length: 2\r\n\r\nok', 503],
    'a head over the limit': [`${ok}X: ${'x'.repeat(70_000)}\r\n\r\nok`, 503],
    'many headers': [`${ok}${'X: y\r\n'.repeat(3000)}\r\nok`, 'ok'],
    'names of the language': [`${ok}__proto__: 1\r\nconstructor: 1\r\ntoString: 1\r\n\r\nok`, 'ok'],
    'a head that is cut': ['HTTP/1.1 200 OK\r\nContent-Le', 503],
    nothing: ['', 503],
  };

function expectedFor(method: Method, name: string): Expected {
  const [, expected, others = {}] = table[name] as (typeof table)[string];
  if (others[method] !== undefined) return others[method];
  if (method !== 'HEAD' || typeof expected === 'number') return expected;
  // What is wrong with a body that HEAD does not have, nobody sees.
  return '';
}

function resultOf([answer]: readonly ReadAnswer[]): Expected {
  if (answer === undefined || !answer.whole) return 'broken';
  return answer.status === 200 || answer.status === 205 ? answer.body : answer.status;
}

describe('what a container that speaks HTTP/1.1 may answer', () => {
  const methods = Object.keys(requests) as Method[];

  verifies(
    'gate:raw-answers',
    `${Object.keys(table).length} ways to each of ${methods.length}: its caller is told, and the gate goes on`,
    async () => {
      let next: string | undefined;
      const onRequest = (socket: Socket) => {
        if (next === undefined) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwell');
        else socket.end(next, 'latin1');
      };
      await using gates = watched(
        await gateCloud({ tcp: (socket) => void socket.once('data', () => onRequest(socket)) }),
        {},
      );
      const [got, expected]: unknown[][] = [[], []];
      for (const name of Object.keys(table))
        for (const method of methods) {
          next = table[name]?.[0];
          const before = gates.cloud.decisions.list().length;
          const answers = answersIn(await wire(gates.url('open'), requests[method]), [method]);
          const decided = gates.cloud.decisions.list().slice(before);
          got?.push([name, method, resultOf(answers), answers.length <= 1, decided.length]);
          expected?.push([name, method, expectedFor(method, name), true, 1]);
          const [answer] = answers;
          if (answer !== undefined) expect(decided[0]?.status, `${name} ${method}`).toBe(answer.status);
          if (answer?.status === 503) expect(decided[0]).toMatchObject({ rule: 'container-failed', path: '/x' });
          if (answer?.status === 204) expect(valuesIn(answer, 'content-length')).toEqual([]);
          next = undefined;
          expect(await wire(gates.url('open'), requests.GET), `after ${name}`).toMatch(/well$/);
        }
      expect(got).toEqual(expected);
      expect(gates.thrown).toEqual([]);
    },
  );

  verifies('gate:raw-answers', 'and what never comes to its end, within the request timeout', async () => {
    let next = '';
    await using gates = watched(
      await gateCloud({
        gate: { requestTimeout: 100 },
        tcp: (socket) => void socket.once('data', () => socket.write(next, 'latin1')),
      }),
      {},
    );
    for (const bytes of [
      '',
      'HTTP/1.1 200 OK\r\nX: ',
      'HTTP/1.1 102 Processing\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
    ])
      for (const method of ['GET', 'HEAD', 'POST', 'WebSocket'] as const) {
        next = bytes;
        expect(await wire(gates.url('open'), requests[method]), `${method} ${bytes}`).toMatch(/^HTTP\/1\.1 50[34] /);
      }
    for (const bytes of [`${chunked}2\r\nok\r\n`, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok'])
      for (const method of ['GET', 'POST', 'WebSocket'] as const) {
        next = bytes;
        // A slow machine may not even have seen its beginning by then.
        expect(['broken', 504]).toContain(resultOf(answersIn(await wire(gates.url('open'), requests[method]))));
      }
    expect(gates.thrown).toEqual([]);
  });
});
