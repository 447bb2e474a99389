import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { developerProof, isDeveloperProof, provenTexts, startEmulator } from '../src/index.ts';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';

const NONCE = 'n'.repeat(22);

let echo: EchoCloud;
let token: string;
beforeAll(async () => {
  echo = await echoCloud();
  token = echo.cloud.developerToken;
});
afterAll(() => echo[Symbol.asyncDispose]());

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
}

/** All that wants the developer, and what it answers to who is: nothing of it is refused for what is asked. */
const guarded: readonly Asked[] = [
  { path: '/run-edges/v1/credentials', body: { email: 'ada@example.com' } },
  { path: '/run-edges/v1/credentials', body: {} },
  { path: '/run-edges/v1/callers/login/id-token', body: { audience: 'https://a.example' } },
  { path: '/run-edges/v1/faults', method: 'PATCH', body: {} },
  { path: '/run-edges/v1/keys/rotate', body: { withdraw: false } },
  { path: '/run-edges/v1/environments?at=127.0.0.1' },
];

async function challenge(): Promise<string> {
  const answer = await fetch(`${echo.cloud.url}/run-edges/v1/challenge?nonce=${NONCE}`);
  return ((await answer.json()) as { challenge: string }).challenge;
}

const methodOf = ({ method, body }: Asked) => method ?? (body === undefined ? 'GET' : 'POST');

/** @param proven what is proven, where it is another than what is asked */
async function ask(
  asked: Asked,
  given: string,
  key = token,
  proven: Asked = asked,
  host = new URL(echo.cloud.url).host,
): Promise<Response> {
  const proof = developerProof(key, provenTexts.request(given, host, methodOf(proven), proven.path, proven.body));
  return send(asked, `RunEdges ${given}.${proof}`);
}

function send(asked: Asked, authorization: string): Promise<Response> {
  const body = asked.body === undefined ? {} : { body: JSON.stringify(asked.body) };
  const type = asked.body === undefined ? {} : { 'content-type': 'application/json' };
  return fetch(echo.cloud.url + asked.path, { method: methodOf(asked), headers: { authorization, ...type }, ...body });
}

describe('a challenge', () => {
  test('says that the token is known here, to this nonce alone, and is another one each time', async () => {
    const answer = await fetch(`${echo.cloud.url}/run-edges/v1/challenge?nonce=${NONCE}`);
    const { challenge: given, proof } = (await answer.json()) as { challenge: string; proof: string };
    expect(isDeveloperProof(proof, token, provenTexts.challenge(NONCE, given))).toBe(true);
    expect(isDeveloperProof(proof, token, provenTexts.challenge('m'.repeat(22), given))).toBe(false);
    expect(isDeveloperProof(proof, 'x'.repeat(43), provenTexts.challenge(NONCE, given))).toBe(false);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await challenge()).not.toBe(given);
  });

  test.each(['', 'short', `${'n'.repeat(22)} POST /x`, 'n'.repeat(101)])('is not made for %j', async (nonce) => {
    const query = new URLSearchParams({ nonce });
    expect((await fetch(`${echo.cloud.url}/run-edges/v1/challenge?${query}`)).status).toBe(400);
  });
});

describe.each(guarded)('$path with $body', (asked) => {
  test('is granted to who proves to know the token, with an answer that is proven', async () => {
    const given = await challenge();
    const answer = await ask(asked, given);
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    const proof = answer.headers.get('run-edges-proof') ?? '';
    expect(isDeveloperProof(proof, token, provenTexts.answer(given, 200, text))).toBe(true);
    expect(isDeveloperProof(proof, token, provenTexts.answer(given, 200, `${text} `))).toBe(false);
    expect(isDeveloperProof(proof, token, provenTexts.answer(given, 201, text))).toBe(false);
  });

  test('is refused where anything of the proof is another, and such an answer is not proven', async () => {
    const other = { ...asked, path: asked.path.replace('/v1/', '/v2/') };
    const refused = [
      await ask(asked, await challenge(), 'x'.repeat(43)),
      await ask(asked, await challenge(), token, other),
      await ask(asked, await challenge(), token, { ...asked, method: 'DELETE' }),
      await ask(asked, await challenge(), token, { ...asked, body: { audience: 'https://other.example' } }),
      await ask(asked, await challenge(), token, asked, '127.0.0.1:9'),
      await ask(asked, NONCE),
      await send(asked, `RunEdges ${await challenge()}.${developerProof(token, '')}`),
      await send(asked, `RunEdges ${await challenge()}`),
      await send(asked, `RunEdges .${developerProof(token, '')}`),
    ];
    for (const answer of refused) {
      expect(answer.status).toBe(401);
      expect(answer.headers.has('run-edges-proof')).toBe(false);
    }
  });

  test('is granted once for a proof, also where the first was refused', async () => {
    const used = await challenge();
    expect((await ask(asked, used)).status).toBe(200);
    expect((await ask(asked, used)).status).toBe(401);
    const spoilt = await challenge();
    expect((await ask(asked, spoilt, 'x'.repeat(43))).status).toBe(401);
    expect((await ask(asked, spoilt)).status).toBe(401);
  });
});

describe('a proof for another address', () => {
  const path = '/run-edges/v1/environments';
  const handedOn = async (url: string, key: string, host: string, shown: string) => {
    const answer = await fetch(`${url}/run-edges/v1/challenge?nonce=${NONCE}`);
    const { challenge: given } = (await answer.json()) as { challenge: string };
    const proof = developerProof(key, provenTexts.request(given, host, 'GET', path, undefined));
    return (await rawRequest(url + path, ['Host', shown, 'Authorization', `RunEdges ${given}.${proof}`])).status;
  };

  test.each(['127.0.0.1:9', 'localhost:9', '127.0.0.1', '[::1]:9', 'localhost'])(
    'is handed on in vain, by the name %s or by the right one',
    async (host) => {
      const { url } = echo.cloud;
      expect(await handedOn(url, token, host, host)).toBe(401);
      expect(await handedOn(url, token, host, new URL(url).host)).toBe(401);
    },
  );

  test('is one for this where the machine is called otherwise', async () => {
    const { url } = echo.cloud;
    const host = `localhost:${new URL(url).port}`;
    expect(await handedOn(url, token, host, host)).toBe(200);
  });

  test('may be one for this where others reach it: a container’s port is another outside', async () => {
    await using open = await startEmulator({
      edges: echo.cloud.declaration,
      deployed: false,
      host: '0.0.0.0',
    });
    const url = `http://127.0.0.1:${new URL(open.url).port}`;
    expect(await handedOn(url, open.developerToken, '127.0.0.1:9', '127.0.0.1:9')).toBe(200);
    expect(await handedOn(url, open.developerToken, '127.0.0.1:9', new URL(url).host)).toBe(401);
  });
});

test('the environments are told by a proof alone, so that nobody on the way chooses by which name', async () => {
  const asked = { path: '/run-edges/v1/environments?at=127.0.0.1' };
  expect((await send(asked, `Bearer ${token}`)).status).toBe(401);
  expect((await ask({ path: asked.path.replace('127.0.0.1', 'evil') }, await challenge(), token, asked)).status).toBe(
    401,
  );
});

test('a refusal of who is known is proven, too', async () => {
  const given = await challenge();
  const answer = await ask({ path: '/run-edges/v1/callers/nobody/id-token', body: { audience: 'a' } }, given);
  expect(answer.status).toBe(404);
  const proof = answer.headers.get('run-edges-proof') ?? '';
  expect(isDeveloperProof(proof, token, provenTexts.answer(given, 404, await answer.text()))).toBe(true);
});
