import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, openAuthority } from './authority.ts';
import { DAY_MS } from './make-authority.ts';

let folder: string;
let authority: Authority;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-edges-authority-'));
  authority = await openAuthority(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a client of Node.js says of a certificate of the authority for this host name; undefined where it takes it. */
async function shake(host: string): Promise<string | undefined> {
  const { cert, key } = await authority.sign(host);
  const server = createServer({ cert, key }, (socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', servername: host, ca: authority.certificate });
  const said = await once(client, 'secureConnect').then(
    () => undefined,
    ({ message }) => message,
  );
  client.destroy();
  server.close();
  return said;
}

test.each([
  'search-100000000001.us-central1.run.app',
  'search-abc123-uc.a.run.app',
  'oauth2.googleapis.com',
  'accounts.google.com',
  'metadata.google.internal',
  'localhost',
])('is good for %s', async (host) => expect(await shake(host)).toBeUndefined());

test.each([
  'example.com',
  'google.com',
  'mail.google.com',
  'evilrun.app',
  'run.app.example.com',
  'xn--run-app.com',
  'internal',
])('is worth nothing for %s', async (host) => expect(await shake(host)).toBe('permitted subtree violation'));

test('says what it is, ends within 90 days, and signs no further authorities', async () => {
  const root = new X509Certificate(authority.certificate);
  expect(root.subject).toMatch(/^CN=run-edges emulator [\d-]+ [\da-f]{8}\nO=this machine \(not Google\)$/);
  expect(root.ca).toBe(true);
  expect(root.validToDate.getTime() - Date.now()).toBeLessThan(90 * DAY_MS);
  expect(root.validToDate.getTime() - root.validFromDate.getTime()).toBeLessThanOrEqual(90 * DAY_MS);
  const { cert, ends } = await authority.sign('a.run.app');
  const [leaf, issuer] = (cert.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
  expect([leaf?.ca, issuer?.ca]).toEqual([false, true]);
  expect(leaf?.subjectAltName).toBe('DNS:a.run.app');
  expect(leaf?.validToDate.getTime()).toBeLessThanOrEqual(root.validToDate.getTime());
  expect(Math.abs(ends - (leaf?.validToDate.getTime() ?? 0))).toBeLessThan(1000);
});

test('is kept: the key for its owner alone, and not in the certificate’s file', async () => {
  const again = await openAuthority(folder);
  expect(again.certificate).toBe(authority.certificate);
  expect(again.file).toBe(join(folder, 'authority.pem'));
  expect(await readFile(again.file, 'utf8')).toBe(authority.certificate);
  const secret = join(folder, 'authority-key.pem');
  expect((await stat(secret)).mode & 0o777).toBe(0o600);
  expect(authority.certificate).not.toContain('PRIVATE KEY');
  // The root's own key is nowhere: the one that is kept is the issuer's.
  expect((await readFile(secret, 'utf8')).match(/BEGIN PRIVATE KEY/g)).toHaveLength(1);
});

test('is another one when it is rotated, and stays that', async () => {
  const other = await mkdtemp(join(folder, 'rotated-'));
  const first = await openAuthority(other);
  const second = await openAuthority(other, { rotate: true });
  expect(second.certificate).not.toBe(first.certificate);
  expect((await openAuthority(other)).certificate).toBe(second.certificate);
});

test.each([
  ['rubbish', async (file: string) => writeFile(file, 'rubbish', { mode: 0o600 }), 'no key and two certificates'],
  ['readable by others', async (file: string) => chmod(file, 0o644), 'others may read it'],
  [
    'of two authorities',
    async (file: string, other: string) => {
      const [mine, theirs] = await Promise.all([readFile(file, 'utf8'), readFile(other, 'utf8')]);
      const key = /-----BEGIN PRIVATE KEY[\s\S]+?END PRIVATE KEY-----\n/;
      await writeFile(file, mine.replace(key, key.exec(theirs)?.[0] ?? ''));
    },
    'not that of the certificate',
  ],
])('is not taken from a file that is %s', async (_what, spoil, why) => {
  const other = await mkdtemp(join(folder, 'spoilt-'));
  await openAuthority(other);
  await spoil(join(other, 'authority-key.pem'), join(folder, 'authority-key.pem'));
  await expect(openAuthority(other)).rejects.toMatchObject({
    code: 'STATE_INVALID',
    message: expect.stringContaining(why),
  });
});
