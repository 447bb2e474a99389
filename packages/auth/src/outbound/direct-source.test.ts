import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Alone, startAlone } from '../testing/alone.ts';
import { type LocalServer, mint, startServer } from '../testing/google.ts';
import { GOOGLE_PAGES } from '../testing/google-pages.ts';
import { createServiceClient } from './service-client.ts';
import type { TokenSource } from './source.ts';
import { metadataServer } from './sources.ts';

/** The metadata server asked by the source itself, not by a client. */

const AUDIENCE = 'https://search.example';

let alone: Alone;
let receiver: LocalServer;
let withdrawn: string[];
beforeEach(async () => {
  alone = await startAlone();
  withdrawn = [];
  // Each token is another one, as after a withdrawn key.
  let tokens = 0;
  alone.google.faults.set('/identity', async ({ url }, response) => {
    const aud = url.searchParams.get('audience');
    response.setHeader('metadata-flavor', 'Google').end(await mint(alone.google.key, { aud, jti: String(tokens++) }));
  });
  receiver = await startServer(({ headers }, response) => {
    const isGood = !withdrawn.includes(String(headers.authorization).slice(7));
    if (isGood) return response.end('ok');
    return response.writeHead(401, { 'content-type': 'text/html' }).end(GOOGLE_PAGES[401]);
  });
});
afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
  await alone[Symbol.asyncDispose]();
});

test('is asked once for five tokens, and once for each audience', async () => {
  const source = metadataServer();
  const tokens = new Set<string>();
  for (let call = 0; call < 5; call += 1) tokens.add(await source.fetchIdToken(AUDIENCE));
  await Promise.all(Array.from({ length: 5 }, () => source.fetchIdToken('https://other.example')));
  expect(tokens.size).toBe(1);
  expect(alone.google.requests).toHaveLength(2);
  await expect(source.fetchIdToken('a b')).rejects.toMatchObject({ code: 'RUN_AUTH_AUDIENCE_INVALID' });
});

const WRAPPED: Record<string, (source: TokenSource) => TokenSource> = {
  'as it is': (source) => source,
  'in a source of its name': (source) => ({ ...source, fetchIdToken: (audience) => source.fetchIdToken(audience) }),
  'in a source of another name': (source) => ({
    identity: 'mine',
    fetchIdToken: (audience) => source.fetchIdToken(audience),
  }),
};

test.each(Object.entries(WRAPPED))(
  'gives a client %s a new token where the one before was refused',
  async (_how, wrap) => {
    const source = metadataServer();
    const client = createServiceClient({ url: receiver.origin, source: wrap(source) });
    withdrawn.push(await client.token(), await source.fetchIdToken(receiver.origin));
    expect(await (await client.fetch('/')).text()).toBe('ok');
    expect(alone.google.requests.length).toBeLessThanOrEqual(3);
  },
);
