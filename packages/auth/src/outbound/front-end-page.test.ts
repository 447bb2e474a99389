import fc from 'fast-check';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrontEndStatus } from '../errors.ts';
import { type LocalServer, mint, signingKey, startServer } from '../testing/google.ts';
import { GOOGLE_PAGES, robotPage } from '../testing/google-pages.ts';
import { OTHER_PAGES } from '../testing/other-pages.ts';
import { PageReader } from './front-end-page.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';

/** Whose error page is it? Google's whole page is the front end's; every other one is the receiver's answer. */

const NOT_HERE = 'The requested URL <code>/healthz</code> was not found on this server.';
const NO_PERMISSION = 'Your client does not have permission to get URL <code>/</code> from this server.';
const PAGES: readonly (readonly [what: string, status: FrontEndStatus, page: string])[] = [
  ['Cloud Run', 401, GOOGLE_PAGES[401]],
  ['Cloud Run', 403, GOOGLE_PAGES[403]],
  ['Cloud Run', 404, GOOGLE_PAGES[404]],
  ['Google for a path', 404, robotPage(404, 'Not Found', NOT_HERE)],
  ['Google for a host', 404, robotPage(404, 'Not Found', 'The requested URL was not found on this server.')],
  ['Google', 403, robotPage(403, 'Forbidden', NO_PERMISSION)],
];

/** Read in pieces of so many bytes. */
function read(status: FrontEndStatus, page: string, bytes = Number.POSITIVE_INFINITY): PageReader {
  const reader = new PageReader(status);
  const all = Buffer.from(page);
  for (let at = 0; at < all.length; at += bytes) reader.read(all.subarray(at, at + bytes));
  return reader;
}

describe("Google's page", () => {
  test.each(PAGES)('of %s for %i is known by its whole, in pieces of any size', (_what, status, page) => {
    for (const bytes of [1, 2, 7, 100, 10_000]) expect(read(status, page, bytes)).toMatchObject({ isWhole: true });
    expect(read(status, page.trim()).isWhole).toBe(true);
    expect(read(status, page.replaceAll('\n', '\r\n  ')).isWhole).toBe(true);
  });

  test.each([401, 403] as const)('of %i is known whatever path was asked for', (status) => {
    for (const path of ['/', '/a/&lt;b&gt;?c&amp;d', `/${'x'.repeat(8_000)}`, '/ä/\u{1f600}'])
      expect(read(status, GOOGLE_PAGES[status].replace('/x', path)).isWhole).toBe(true);
    expect(read(status, GOOGLE_PAGES[status].replace('/x', '/<b>')).isWhole).toBe(false);
  });

  test('of one status is not that of another', () => {
    for (const [, status, page] of PAGES)
      for (const other of [401, 403, 404] as const) expect(read(other, page).isWhole).toBe(other === status);
  });

  test('any letter of which is another, missing or one too many is not Google’s; white space between tags is no letter', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PAGES),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.constantFrom('replace', 'insert', 'delete', 'cut', 'append', 'before', 'twice'),
        fc.constantFrom(...'aZ<>/"&0', '<p>', '<!-- -->', '<hr>'),
        ([, status, page], where, how, letter) => {
          const at = Math.floor(where * page.length);
          const [head, old, tail] = [page.slice(0, at), page[at] ?? '', page.slice(at + 1)];
          const changes = ['replace', 'insert', 'delete'].includes(how);
          const written = how === 'delete' ? '' : letter;
          const isInHole = /<(?:code|style)>[^<]*$/.test(head) && old !== '<' && !written.includes('<');
          const isSame = (how === 'delete' && old.trim() === '') || (how === 'replace' && old === letter);
          fc.pre(!(changes && (isInHole || isSame)) && !(how === 'cut' && (old + tail).trim() === ''));
          const mutated = {
            replace: head + letter + tail,
            insert: head + letter + old + tail,
            delete: head + tail,
            cut: head,
            append: page + letter,
            before: letter + page,
            twice: page + page,
          }[how];
          expect(read(status, mutated, 50).isWhole, mutated).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('is no page at random, though it holds sentences of Google’s', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(...PAGES.flatMap(([, , page]) => page.split(/(?<=>)/))),
      fc.constantFrom(...OTHER_PAGES.map(([, , page]) => page)),
    );
    fc.assert(
      fc.property(fc.constantFrom(401, 403, 404), fc.array(piece, { maxLength: 12 }), (status, pieces) => {
        expect(read(status, pieces.join('')).isWhole).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is no page that never ends, and nothing costs more than its length', () => {
    const [start = ''] = GOOGLE_PAGES[403].split('/x');
    expect(read(403, start + '/x'.repeat(20_000))).toMatchObject({ mayBe: false, isWhole: false });
    expect(read(403, ' '.repeat(1_000_000))).toMatchObject({ mayBe: false, isWhole: false });
  });
});

describe('the page of', () => {
  let receiver: LocalServer;
  let pool: Pool;
  let client: ServiceClient;
  beforeAll(async () => {
    receiver = await startServer(() => {});
    pool = new Pool(receiver.origin);
    const key = await signingKey('k');
    const source = { identity: 'pages', fetchIdToken: (aud: string) => mint(key, { aud }) };
    client = createServiceClient({ url: receiver.origin, source });
  });
  afterAll(async () => {
    await pool.close();
    await receiver[Symbol.asyncDispose]();
  });

  test.each(OTHER_PAGES)('%s for %i is a response like any other: %j', async (_server, status, page) => {
    receiver.answer = (_request, response) => response.writeHead(status, { 'content-type': 'text/html' }).end(page);
    const response = await client.fetch('/x');
    expect([response.status, await response.text()]).toEqual([status, page]);
    const { statusCode, body } = await pool.compose(client.interceptor).request({ path: '/x', method: 'GET' });
    expect([statusCode, await body.text()]).toEqual([status, page]);
  });

  test.each([401, 403, 404])('an application that writes %i slowly is not waited for', async (status) => {
    receiver.answer = (_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html' });
      response.write('<html><head>\n<title>Mine');
    };
    const response = await client.fetch('/x');
    expect(response.status).toBe(status);
    await response.body?.cancel();
    const { statusCode, body } = await pool.compose(client.interceptor).request({ path: '/x', method: 'GET' });
    expect(statusCode).toBe(status);
    body.on('error', () => {}).destroy();
  });
});
