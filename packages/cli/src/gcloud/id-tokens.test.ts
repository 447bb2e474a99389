import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Gcloud } from './gcloud.ts';
import { idTokenMint } from './id-tokens.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** The IAM Credentials API, and a gcloud that says where it is and writes down what it is asked for. */
async function setting(answer: Answer) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, ...gcloudWith({ api_endpoint_overrides: { iamcredentials: url } }) };
}

function gcloudWith(configuration: object, tokens: readonly string[] = ['ya29.one', 'ya29.two']) {
  const commands: string[] = [];
  const gcloud: Gcloud = {
    async run(args) {
      commands.push(args.join(' '));
      return `${tokens[commands.filter((one) => one.startsWith('auth')).length - 1]}\n`;
    },
    json: async <T>(args: readonly string[]) => {
      commands.push(args.join(' '));
      return configuration as T;
    },
  };
  return { gcloud, commands };
}

const refusal =
  (code: number, status: string, message: string): Answer =>
  (_, response) =>
    void response.writeHead(code).end(JSON.stringify({ error: { code, status, message } }));
const email = 'login-run@demo.iam.gserviceaccount.com';

async function bodyOf(request: IncomingMessage): Promise<string> {
  return (await request.toArray()).join('');
}

test('asks gcloud twice, however many tokens there are, and the API once for each', async () => {
  const asked: string[] = [];
  const { gcloud, commands } = await setting(async (request, response) => {
    const { audience, includeEmail } = JSON.parse(await bodyOf(request));
    asked.push(`${request.method} ${request.url} ${request.headers.authorization} ${audience} ${includeEmail}`);
    response.end(JSON.stringify({ token: `a.${Buffer.from(audience).toString('base64url')}.c` }));
  });
  const mint = await idTokenMint(gcloud);
  const audiences = Array.from({ length: 100 }, (_, index) => `https://service-${index}.example`);
  const tokens = await Promise.all(audiences.map((audience) => mint(email, audience)));
  expect(tokens).toEqual(audiences.map((audience) => `a.${Buffer.from(audience).toString('base64url')}.c`));
  expect(commands).toEqual(['config list', 'auth print-access-token']);
  expect(asked.toSorted()).toEqual(
    audiences
      .map(
        (audience) =>
          `POST /v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:generateIdToken Bearer ya29.one ${audience} true`,
      )
      .toSorted(),
  );
});

test('an access token that has expired is asked for anew', async () => {
  const { gcloud, commands } = await setting((request, response) => {
    if (request.headers.authorization === 'Bearer ya29.two') response.end('{"token":"a.b.c"}');
    else refusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.')(request, response);
  });
  const mint = await idTokenMint(gcloud);
  await expect(mint(email, 'https://a.example')).rejects.toMatchObject({ kind: 'not-signed-in' });
  expect(await mint(email, 'https://a.example')).toBe('a.b.c');
  expect(commands).toHaveLength(3);
});

test.each([
  [
    'may-not-impersonate',
    refusal(403, 'PERMISSION_DENIED', "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource"),
    `gcloud iam service-accounts add-iam-policy-binding ${email}`,
  ],
  [
    'api-off',
    refusal(
      403,
      'PERMISSION_DENIED',
      'IAM Service Account Credentials API has not been used in project 1 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/iamcredentials.googleapis.com/overview?project=1',
    ),
    'gcloud services enable iamcredentials.googleapis.com --project=demo',
  ],
  ['account-not-seen', refusal(404, 'NOT_FOUND', `Unknown service account ${email}`), 'gcloud iam service-accounts'],
  ['quota', refusal(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for quota metric'), 'quotas'],
  ['network', refusal(503, 'UNAVAILABLE', 'The service is currently unavailable.'), 'Look at it'],
  ['network', ((_, response) => response.writeHead(502).end('<html>')) as Answer, 'Look at it'],
  ['network', ((request) => request.socket.destroy()) as Answer, 'Look at it'],
  ['unknown', ((_, response) => response.end('{}')) as Answer, 'Run the same command again'],
  ['unknown', ((_, response) => response.end('[1')) as Answer, 'Run the same command again'],
  ['unknown', ((_, response) => response.writeHead(302, { location: '/elsewhere' }).end()) as Answer, 'Run the same'],
] as const)('%s is told with its mend, and without a token', async (kind, answer, mend) => {
  const { gcloud } = await setting(answer);
  const mint = await idTokenMint(gcloud, { pauses: [] });
  const error = await mint(email, 'https://a.example').catch((failed: unknown) => failed);
  expect(error).toMatchObject({ name: 'GcloudError', kind, mend: expect.stringContaining(mend) });
  expect(JSON.stringify(error) + String(error)).not.toContain('ya29');
});

test('what passes by itself is tried again', async () => {
  let refused = 0;
  const { gcloud } = await setting((request, response) => {
    if (refused++ === 0) refusal(503, 'UNAVAILABLE', 'later')(request, response);
    else response.end('{"token":"a.b.c"}');
  });
  expect(await (await idTokenMint(gcloud, { pauses: [0] }))(email, 'https://a.example')).toBe('a.b.c');
});

test('a redirect gets no token', async () => {
  const seen: string[] = [];
  const elsewhere = await setting((request, response) => {
    seen.push(`${request.headers.authorization}`);
    response.end('{"token":"a.b.c"}');
  });
  const { gcloud } = await setting((_, response) => response.writeHead(307, { location: elsewhere.url }).end());
  await expect((await idTokenMint(gcloud, { pauses: [] }))(email, 'https://a.example')).rejects.toThrow('answered 307');
  expect(seen).toEqual([]);
});

test('whoever does not answer, or does not end, is not waited for', async () => {
  const silent = await setting(() => undefined);
  const slow = await idTokenMint(silent.gcloud, { pauses: [], timeoutMs: 50 });
  await expect(slow(email, 'https://a.example')).rejects.toMatchObject({ kind: 'network' });
  const endless = await setting((_, response) => {
    const more = () => void (response.destroyed || response.write('x'.repeat(100_000), more));
    more();
  });
  const mint = await idTokenMint(endless.gcloud, { pauses: [] });
  await expect(mint(email, 'https://a.example')).rejects.toMatchObject({ kind: 'unknown' });
});

test.each(['not a URL', 'file:///etc/passwd'])('an address that is %s is refused', async (iamcredentials) => {
  const { gcloud } = gcloudWith({ api_endpoint_overrides: { iamcredentials } });
  await expect(idTokenMint(gcloud)).rejects.toMatchObject({
    mend: 'Run: gcloud config unset api_endpoint_overrides/iamcredentials',
  });
});

test('what gcloud prints in a token’s place goes nowhere', async () => {
  const { url } = await setting((_, response) => response.end('{"token":"a.b.c"}'));
  const { gcloud } = gcloudWith({ api_endpoint_overrides: { iamcredentials: url } }, ['two words', '']);
  const mint = await idTokenMint(gcloud, { pauses: [] });
  await expect(mint(email, 'https://a.example')).rejects.toThrow('gcloud gave no access token.');
  await expect(mint(email, 'https://a.example')).rejects.toThrow('gcloud gave no access token.');
});

test('another universe has its own address', async () => {
  const { gcloud } = gcloudWith({ core: { universe_domain: 'universe.invalid' } });
  const mint = await idTokenMint(gcloud, { pauses: [] });
  await expect(mint(email, 'https://a.example')).rejects.toMatchObject({
    stderr: expect.stringContaining('iamcredentials.universe.invalid'),
  });
});
