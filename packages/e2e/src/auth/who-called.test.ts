import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { SIGNATURE_REMOVED } from '@run-edges/auth';
import { createVerifier, pubsubPush, type VerifierOptions } from '@run-edges/auth/inbound';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, type EmulatorOptions, startEmulator } from '@run-edges/emulator';
import { describe, expect, test } from 'vitest';
import { close, originOf } from './answering-cloud.ts';

// Alice and Mallory may both invoke the receiver; it lets Alice alone come in.
const edges = `
services:
  alice: { calls: [receiver] }
  mallory: { calls: [receiver] }
  receiver: {}
`;

interface Receiver extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly url: string;
  /** `Bearer TOKEN` of a service for the receiver. */
  bearer(service: string): Promise<string>;
}

/** A receiver behind its gate that answers whom it takes for its caller: `200 EMAIL VERIFIED`, or the code of its refusal. */
async function receiver(
  options: Partial<EmulatorOptions> = {},
  more: (common: { audience: string; serviceAccount: string; jwksUri: string }) => VerifierOptions = ({
    serviceAccount,
    ...rest
  }) => ({
    mode: 'cloud-run',
    allowedCallers: [serviceAccount],
    ...rest,
  }),
): Promise<Receiver> {
  await using started = new AsyncDisposableStack();
  const server = createServer(async ({ rawHeaders }, response) => {
    const outcome = await verifier.verifyHeaders(rawHeaders).then(
      ({ email, verified }) => `${email.split('-run@')[0]} ${verified ? 'verified' : 'vouched for'}`,
      ({ code }) => code,
    );
    response.end(outcome);
  }).listen(0, '127.0.0.1');
  started.defer(() => close(server));
  await once(server, 'listening');
  const declaration = parseDeclaration(edges, 'edges.yaml');
  const fronts = Object.fromEntries(declaration.services.map(({ name }) => [name, originOf(server)]));
  const cloud = started.use(await startEmulator({ edges: declaration, fronts, ...options }));
  const { url } = cloud.service('receiver');
  const serviceAccount = cloud.principals.find(({ name }) => name === 'alice')?.account.email ?? '';
  const verifier = createVerifier(more({ audience: url, serviceAccount, jwksUri: `${cloud.url}/oauth2/v3/certs` }));
  const parts = started.move();
  return {
    cloud,
    url,
    bearer: async (service) => `Bearer ${await cloud.idToken(service, url)}`,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const strip = (bearer: string): string => `${bearer.slice(0, bearer.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;
const ask = async (url: string, headers: Record<string, string>): Promise<string> =>
  (await fetch(url, { headers })).text();

/** As fetch would not send it: with a Connection header of one's own. */
async function askRaw(url: string, headers: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(['GET / HTTP/1.1', `Host: ${hostname}:${port}`, ...headers, '', ''].join('\r\n'));
  return text(socket);
}

describe('a receiver in mode cloud-run behind its gate', () => {
  test('knows its caller by X-Serverless-Authorization, whatever Authorization is for', async () => {
    await using here = await receiver();
    const token = await here.bearer('alice');
    expect(await ask(here.url, { 'x-serverless-authorization': token })).toBe('alice vouched for');
    const person = { 'x-serverless-authorization': token, authorization: 'Bearer a-person' };
    expect(await ask(here.url, person)).toBe('alice vouched for');
    expect(await ask(here.url, { ...person, authorization: token })).toBe('alice vouched for');
  });

  test('knows it by Authorization where the gate leaves the signature there, as Cloud Run does', async () => {
    await using here = await receiver();
    expect(await ask(here.url, { authorization: await here.bearer('alice') })).toBe('alice verified');
    expect(await ask(here.url, { authorization: await here.bearer('mallory') })).toBe('RUN_AUTH_CALLER_REFUSED');
  });

  test('and says what to do where the gate does not', async () => {
    await using here = await receiver({ gate: { stripAuthorization: 'always' } });
    expect(await ask(here.url, { authorization: await here.bearer('alice') })).toBe('RUN_AUTH_STRIPPED_NOT_VOUCHED');
  });

  test('takes Pub/Sub’s token, which comes in Authorization', async () => {
    await using here = await receiver({}, (common) => pubsubPush({ mode: 'cloud-run', ...common }));
    const [alice, mallory] = await Promise.all([here.bearer('alice'), here.bearer('mallory')]);
    expect(await ask(here.url, { authorization: alice })).toBe('alice verified');
    expect(await ask(here.url, { 'x-serverless-authorization': mallory, authorization: strip(alice) })).toBe(
      'RUN_AUTH_CALLER_REFUSED',
    );
  });

  test.each(['always', 'users', 'never'] as const)(
    'takes nobody for Alice who is Mallory (gate strips Authorization: %s)',
    async (stripAuthorization) => {
      await using here = await receiver({ gate: { stripAuthorization } });
      const [alice, mallory] = await Promise.all([here.bearer('alice'), here.bearer('mallory')]);
      // Alice was here before: what is remembered of her is no help.
      expect(await ask(here.url, { 'x-serverless-authorization': alice })).toBe('alice vouched for');
      const own = `X-Serverless-Authorization: ${mallory}`;
      const forged = `Authorization: ${strip(alice)}`;
      const attempts = [
        [own, forged],
        [forged, own],
        ...[
          'x-serverless-authorization',
          'authorization',
          'close, X-Serverless-Authorization',
          'x-serverless-authorization, authorization',
        ].map((named) => [own, forged, `Connection: ${named}`]),
        [
          `Authorization: ${mallory}`,
          `X-Serverless-Authorization: ${strip(alice)}`,
          'Connection: x-serverless-authorization',
        ],
        [`Authorization: ${mallory}`, 'X-Serverless-Authorization:', forged],
        [own, `X-Serverless-Authorization: ${strip(alice)}`, forged],
        [forged],
        [`X-Serverless-Authorization: ${strip(alice)}`],
      ];
      for (const headers of attempts) {
        const answer = await askRaw(here.url, [...headers, 'Connection: close']);
        expect(answer, JSON.stringify(headers.map((header) => header.slice(0, 40)))).not.toMatch(
          /alice (vouched|verified)/,
        );
        expect(answer).toMatch(/^HTTP\/1\.1 40[0-3] |RUN_AUTH_/);
      }
    },
  );

  test('bears what the gate bears of clocks that differ', async () => {
    for (const [ahead, answer] of [
      [50, 'alice vouched for'],
      [90, 'RUN_AUTH_TOKEN_NOT_YET_VALID'],
    ] as const) {
      await using here = await receiver({ now: () => Math.floor(Date.now() / 1000) + ahead });
      expect(await ask(here.url, { 'x-serverless-authorization': await here.bearer('alice') })).toBe(answer);
    }
  });
});
