import fc from 'fast-check';
import { Client } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arbitraryRequest, type FuzzedRequest, type Operation } from '../support/arbitrary-request.ts';
import { type AppProcess, type Directory, engines, startDirectory } from '../support/directory.ts';

/** Requests for each route; more of them find more. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 40);

type Paths = Record<string, Record<string, Operation>>;

describe.each(engines)('any request, on %s', (engine) => {
  let directory: Directory;
  beforeAll(async () => {
    directory = await startDirectory(engine);
    for (const person of ['somebody', 'ada']) await directory.as(person, 'PUT', '/me', { name: person });
  });
  afterAll(() => directory[Symbol.asyncDispose]());

  test('of every route of user-profiles is answered, never with a 5xx', async () => {
    const { 'x-serverless-authorization': service = '', authorization = '' } = await directory.headersFor('somebody');
    // As it is behind the gate.
    const stripped = service.replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');
    await fuzz(directory.profiles, { 'x-serverless-authorization': stripped, authorization });
  });

  test('of every route of search is answered, never with a 5xx', async () => {
    const token = await directory.cloud.idToken('user-profiles', directory.cloud.service('search').url);
    await fuzz(directory.search, { authorization: `Bearer ${token}` });
  });
});

async function fuzz(app: AppProcess, credentials: Record<string, string>): Promise<void> {
  const client = new Client(app.url);
  const send = async (method: string, { path, headers, body }: Pick<FuzzedRequest, 'path' | 'headers' | 'body'>) => {
    const options = { method: method.toUpperCase() as 'GET', path, headers: { ...headers, ...credentials }, body };
    const answer = await client.request({ ...options, body: body ?? null });
    return { status: answer.statusCode, type: `${answer.headers['content-type']}`, text: await answer.body.text() };
  };
  const description = await send('get', { path: '/openapi.json', headers: {}, body: undefined });
  expect(description.status).toBe(200);
  const paths: Paths = {
    ...JSON.parse(description.text).paths,
    '/health/live': { get: {} },
    '/health/ready': { get: {} },
    '/openapi.json': { get: {} },
    '/nowhere': { get: {}, put: {} },
  };
  for (const [template, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const check = async (request: FuzzedRequest) => judge(request, await send(method, request));
      await fc.assert(fc.asyncProperty(arbitraryRequest(template, operation), check), { numRuns: RUNS });
    }
  }
  expect(await app.health()).toBeDefined();
  await client.close();
}

function judge({ valid }: FuzzedRequest, { status, type, text }: { status: number; type: string; text: string }): void {
  expect(status, text).toBeLessThan(500);
  expect(type).toMatch(/^application\/(problem\+)?json/);
  if (status < 400) return;
  const problem = JSON.parse(text);
  expect(problem).toMatchObject({ status, title: expect.any(String) });
  if (problem.code === 'INVALID_INPUT' || problem.code === 'UNCLEAN_TEXT')
    expect(
      problem.errors?.length ?? (problem.detail.startsWith('The URL') || problem.detail.includes('UTF-8')),
      text,
    ).toBeTruthy();
  // What is as described is refused for what is stored alone: nobody there, another version, a cursor of another question.
  if (valid && status === 400)
    expect(problem.errors).toEqual([{ field: 'querystring/cursor', detail: expect.any(String) }]);
  else if (valid) expect([404, 412]).toContain(status);
}
