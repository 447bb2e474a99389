import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkSecrets } from './secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-secrets-'));
  execFileSync('git', ['init', '--quiet', folder]);
  writeFileSync(join(folder, 'README.md'), 'nothing\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

const letters = (count: number) => randomBytes(count).toString('hex').slice(0, count);
const pem = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const planted: Record<string, () => string> = {
  'a private key': pem,
  'the key file of a service account': () =>
    JSON.stringify({
      type: 'service_account',
      project_id: 'p',
      private_key_id: letters(40),
      private_key: pem(),
      client_email: 'search-run@p.iam.gserviceaccount.com',
      client_id: '123456789012345678901',
    }),
  'a token of GitHub': () => `token: ${['ghp', letters(36)].join('_')}`,
  'a token of npm': () => `//registry.example/:_authToken=${['npm', letters(36)].join('_')}`,
  'a password in an address': () => `DATABASE_URL=postgres://owner:${letters(20)}@db.example.com/people`,
};

test.each(Object.keys(planted))('%s fails the audit, committed or not yet, and is not printed', async (what) => {
  const secret = planted[what]?.() ?? '';
  writeFileSync(join(folder, 'planted.txt'), `${secret}\n`);
  for (const step of ['not yet added', 'added']) {
    const { state, lines } = await checkSecrets(folder);
    expect([step, state, lines[0]]).toEqual([step, 'bad', expect.stringMatching(/planted\.txt:\d+: /)]);
    for (const part of secret.split(/[\s"':=_@]+/)) if (part.length >= 20) expect(lines.join()).not.toContain(part);
    execFileSync('git', ['-C', folder, 'add', '.']);
  }
});

test('a folder without a secret passes, whatever is ignored or deleted there', async () => {
  writeFileSync(join(folder, '.gitignore'), 'key.pem\n');
  writeFileSync(join(folder, 'key.pem'), pem());
  writeFileSync(join(folder, 'gone.txt'), 'gone\n');
  execFileSync('git', ['-C', folder, 'add', '.']);
  rmSync(join(folder, 'gone.txt'));
  expect(await checkSecrets(folder)).toMatchObject({ state: 'good', lines: ['none in 2 files'] });
});
