import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Alone, PRIVATE_KEY, startAlone } from '../testing/alone.ts';
import { applicationDefault, metadataServer } from './sources.ts';
import { checkMetadataServerVariable } from './variables.ts';

const AUDIENCE = 'https://search.example';
const KEY = JSON.stringify({ type: 'service_account', client_email: 'key@demo', private_key: PRIVATE_KEY });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let alone: Alone;
beforeEach(async () => {
  alone = await startAlone();
});
afterEach(() => alone[Symbol.asyncDispose]());

const failure = (source = applicationDefault()): Promise<Error> =>
  source.fetchIdToken(AUDIENCE).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );

describe('GOOGLE_APPLICATION_CREDENTIALS', () => {
  test.each([
    ['JSON', KEY],
    ['JSON in lines', JSON.stringify(JSON.parse(KEY), null, 2)],
    ['JSON after a line break', `\n${KEY}`],
    ['JSON in quotes', `'${KEY}'`],
    ['JSON as a text of JSON', JSON.stringify(KEY)],
    ['JSON after a mark of byte order', `\ufeff${KEY}`],
    ['JSON in a list', `[${KEY}]`],
    ['JSON in base64', base64(KEY)],
    ['JSON in base64, in lines', base64(KEY).replace(/.{76}/g, '$&\n')],
    ['JSON in base64url', Buffer.from(KEY).toString('base64url')],
    ['JSON as a part of a URL', encodeURIComponent(KEY)],
    ['JSON, cut short', KEY.slice(0, 80)],
  ])('that holds %s is told, with what to do', async (_what, value) => {
    for (const name of ['GOOGLE_APPLICATION_CREDENTIALS', 'google_application_credentials']) {
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined);
      vi.stubEnv(name, value);
      expect(await failure()).toMatchObject({
        name: 'ConfigError',
        code: 'RUN_AUTH_VARIABLE_INVALID',
        message: expect.stringContaining(`${name} holds JSON, not a path.`),
        mend: expect.stringContaining('the path of that into GOOGLE_APPLICATION_CREDENTIALS'),
      });
    }
  });

  test.each([
    ['UTF-8', Buffer.from(`\ufeff${KEY}`)],
    ['UTF-16', Buffer.from(`\ufeff${KEY}`, 'utf16le')],
    ['UTF-16 of the other order', Buffer.from(`\ufeff${KEY}`, 'utf16le').swap16()],
  ])('that names a file in %s with a mark is told how to save it', async (_what, content) => {
    const path = join(alone.home, 'marked.json');
    writeFileSync(path, content);
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path);
    expect(await failure()).toMatchObject({
      name: 'ConfigError',
      code: 'RUN_AUTH_VARIABLE_INVALID',
      mend: expect.stringContaining('UTF-8 without a mark'),
    });
  });

  test.skipIf(process.getuid?.() === 0)(
    'that names a file which may not be read is no mistake of its form',
    async () => {
      const path = join(alone.home, 'closed.json');
      writeFileSync(path, KEY, { mode: 0 });
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path);
      expect(await failure()).toMatchObject({ code: 'RUN_AUTH_NO_CREDENTIALS' });
    },
  );

  test.each([
    ['a key or certificate, not a path', PRIVATE_KEY],
    ['a key or certificate, not a path', base64(PRIVATE_KEY)],
    ['a key or certificate, not a path', `/home/ada/${PRIVATE_KEY.replaceAll('\n', '/')}`],
    ['a path with quotes, blanks or a line break around it', '"/secrets/key.json"'],
    ['a path with quotes, blanks or a line break around it', '/secrets/key.json\n'],
    ['a path with quotes, blanks or a line break around it', ' key.json '],
  ])('that holds %s is told: %j', async (what, value) => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', value);
    expect(await failure()).toMatchObject({
      code: 'RUN_AUTH_VARIABLE_INVALID',
      message: expect.stringMatching(`^GOOGLE_APPLICATION_CREDENTIALS holds ${what}\\. `),
    });
  });

  test.each([
    ['/nowhere/key.json', 'names a file that is not there: /nowhere/key.json'],
    ['C:\\keys\\key.json', 'names a file that is not there: C:\\keys\\key.json'],
    ['~/key.json', 'names a file that is not there, and no shell has expanded its ~: ~/key.json'],
    ['/', 'names something else than a file: /'],
    ['key', 'names no file: it holds a text of 3 characters'],
    ['a\0b', 'names no file: it holds a text of 3 characters'],
    ['/a/aB3aB3aB3aB3aB3aB3aB3', 'names no file: it holds a text of 24 characters'],
    [`/${'a/'.repeat(200)}`, 'names no file: it holds a text of 401 characters'],
  ])('that names no file is told as far as it is a path: %j', async (value, why) => {
    vi.spyOn(process, 'env', 'get').mockReturnValue({ ...process.env, GOOGLE_APPLICATION_CREDENTIALS: value });
    expect(await failure()).toMatchObject({
      code: 'RUN_AUTH_NO_CREDENTIALS',
      message: expect.stringContaining(`(GOOGLE_APPLICATION_CREDENTIALS ${why})`),
    });
  });

  test('may name a file of any name', async () => {
    for (const name of ['{"type"', 'key\n', '"quoted"', ' -----BEGIN']) {
      const file = join(alone.home, name);
      writeFileSync(file, KEY);
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
      const endpoints = { token: `${alone.google.origin}/token` };
      await expect(applicationDefault({ endpoints }).fetchIdToken(AUDIENCE)).resolves.toContain('.');
    }
  });
});

describe('the metadata server', () => {
  test.each(['GCE_METADATA_HOST', 'GCE_METADATA_IP'])('that %s names must be a host', async (name) => {
    for (const value of [KEY, base64(KEY), PRIVATE_KEY, 'http://ada:pass@metadata', 'a b', ' a', 'http://'])
      for (const source of [applicationDefault(), metadataServer()]) {
        vi.stubEnv(name, value);
        expect(await failure(source)).toMatchObject({
          code: 'RUN_AUTH_VARIABLE_INVALID',
          message: expect.stringMatching(`^${name} holds no host\\. `),
        });
      }
  });

  test('may be written as a URL, with blanks after it', async () => {
    for (const value of [`${alone.google.host} \n`, alone.google.origin, `${alone.google.origin}/`]) {
      vi.stubEnv('GCE_METADATA_HOST', value);
      await expect(metadataServer().fetchIdToken(AUDIENCE)).resolves.toContain('.');
    }
  });

  test("is looked at before a person's login gives way to it", async () => {
    alone.credentialFile({ type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' });
    vi.stubEnv('GCE_METADATA_HOST', KEY);
    expect(await failure()).toMatchObject({ code: 'RUN_AUTH_VARIABLE_INVALID' });
  });
});

test('a metadata server that is not named is not looked at, and one that is a host is let be', () => {
  for (const name of ['GCE_METADATA_IP', 'GCE_METADATA_HOST']) vi.stubEnv(name, undefined);
  expect(checkMetadataServerVariable).not.toThrow();
  vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:8090');
  expect(checkMetadataServerVariable).not.toThrow();
  vi.stubEnv('GCE_METADATA_HOST', 'user@127.0.0.1');
  expect(checkMetadataServerVariable).toThrow('holds no host');
});
