import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { startTalkCloud, type TalkCloud } from './talk-cloud.ts';

const STREAMS = 100;
const kinds = (code: string) => ({ unary: code, server: code, client: code, both: code });
const refused = {
  foreign: kinds('PERMISSION_DENIED'),
  none: kinds('PERMISSION_DENIED'),
  forged: kinds('UNAUTHENTICATED'),
};

let talk: TalkCloud;
let before: number;
beforeAll(async () => {
  talk = await startTalkCloud('production');
});
afterAll(() => talk[Symbol.asyncDispose]());
beforeEach(() => {
  before = talk.service.calls();
});

/** What grpc-js tells of its calls, and how many of them reached the service. */
async function tell(env: Readonly<Record<string, string | undefined>>, address: string = talk.args[0]) {
  const [, ...tokens] = talk.args;
  const args = ['--no-warnings', join(import.meta.dirname, 'talk.ts'), address, ...tokens, `${STREAMS}`];
  const { code, stdout, stderr } = await runProgram({ command: process.execPath, args, env });
  expect(code, stderr).toBe(0);
  return { told: JSON.parse(stdout) as Record<string, unknown>, reached: talk.service.calls() - before };
}

test.each(['https_proxy', 'grpc_proxy'])('grpc-js inside a tunnel, by %s: all that it does elsewhere', async (name) => {
  const { HTTPS_PROXY: proxy = '', https_proxy: _small, HTTP_PROXY: _http, http_proxy: _too, ...rest } = talk.env;
  const { told, reached } = await tell({ ...rest, [name]: proxy });
  expect(told).toEqual({
    good: { unary: 'hello', server: ['1', '2', '3'], client: 'onetwothree', both: ['one', 'two', 'three'] },
    ...refused,
    trailers: 'FAILED_PRECONDITION',
    deadline: 'DEADLINE_EXCEEDED',
    cancelled: 'CANCELLED',
    large: 4 * 1024 * 1024,
    together: STREAMS,
  });
  // The four kinds, Fail, two of Wait, the large one, and those at once: nothing of those that were refused.
  expect(reached).toBe(4 + 1 + 2 + 1 + STREAMS);
});

const nothing = {
  ...Object.fromEntries(['good', 'foreign', 'none', 'forged'].map((name) => [name, kinds('UNAVAILABLE')])),
  ...Object.fromEntries(['trailers', 'deadline', 'cancelled', 'large'].map((name) => [name, 'UNAVAILABLE'])),
  together: 0,
};

test('who trusts others alone sends nothing', async () => {
  const others = join(talk.env.HOME ?? '', 'others.pem');
  await writeFile(others, rootCertificates.join('\n'));
  const trust = ['GRPC_DEFAULT_SSL_ROOTS_FILE_PATH', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];
  const { told, reached } = await tell({ ...talk.env, ...Object.fromEntries(trust.map((name) => [name, others])) });
  expect(told).toEqual(nothing);
  expect(reached).toBe(0);
});

test.each(['talk-999.us-central1.run.app:443', 'example.com:443'])('there is no tunnel to %s', async (address) => {
  const { told, reached } = await tell(talk.env, address);
  expect(told).toEqual(nothing);
  expect(reached).toBe(0);
  const [host = ''] = address.split(':');
  const last = talk.cloud.decisions.list().at(-1);
  expect(last).toMatchObject({ caller: 'caller', method: 'CONNECT', rule: 'not-played' });
  expect(last?.reason).toContain(host);
});
