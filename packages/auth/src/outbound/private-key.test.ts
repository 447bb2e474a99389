import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRIVATE_KEY } from '../testing/alone.ts';
import { readPrivateKey } from './private-key.ts';

const rsa = createPrivateKey(PRIVATE_KEY);
const PKCS1 = rsa.export({ type: 'pkcs1', format: 'pem' }).toString();
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const body = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What happens to a text between its JSON file and the option. */
const WAYS: Record<string, (pem: string) => string> = {
  'as it is': (pem) => pem,
  'escaped once': (pem) => pem.replaceAll('\n', '\\n'),
  'escaped twice': (pem) => pem.replaceAll('\n', '\\\\n'),
  'escaped four times': (pem) => pem.replaceAll('\n', '\\\\\\\\n'),
  CRLF: (pem) => pem.replaceAll('\n', '\r\n'),
  'CRLF, escaped': (pem) => pem.replaceAll('\n', '\\r\\n'),
  'CRLF, escaped twice': (pem) => pem.replaceAll('\n', '\\\\r\\\\n'),
  'old Mac': (pem) => pem.replaceAll('\n', '\r'),
  'blanks for line breaks': (pem) => pem.replaceAll('\n', ' '),
  'no line breaks': (pem) => pem.replaceAll('\n', ''),
  'no white space at all': (pem) => pem.replace(/\s/g, ''),
  'indented, as in YAML': (pem) => pem.replaceAll('\n', '\n    '),
  'empty lines between': (pem) => pem.replaceAll('\n', '\n\n'),
  'without its last line break': (pem) => pem.trimEnd(),
  'blanks around': (pem) => ` \t\n${pem}\n \u00a0`,
  'a mark of byte order': (pem) => `\ufeff${pem}`,
  'in double quotes': (pem) => `"${pem}"`,
  'in single quotes': (pem) => `'${pem}'`,
  'in escaped quotes': (pem) => `\\"${pem}\\"`,
  'a line of JSON': (pem) => `"private_key": ${JSON.stringify(pem)},`,
  'JSON of a text': (pem) => JSON.stringify(pem),
  'JSON of JSON': (pem) => JSON.stringify(JSON.stringify(pem)),
  '= as Go writes it in JSON': (pem) => pem.replaceAll('=', '\\u003d'),
  '= as Go writes it, escaped': (pem) => JSON.stringify(pem.replaceAll('=', '\\u003D')),
  'in base64': base64,
  'in base64, in lines': (pem) => base64(pem).replace(/.{76}/g, '$&\n'),
  'with words before it': (pem) => `Bag Attributes\n    friendlyName: key\n${pem}`,
};

describe.each([
  ['PKCS #8', PRIVATE_KEY],
  ['PKCS #1', PKCS1],
])('%s', (_form, pem) => {
  test.each(Object.entries(WAYS))('%s', (_way, change) => {
    expect(readPrivateKey(change(pem), 'private_key')).toBe(PRIVATE_KEY);
  });

  test('under the label of the other, and without labels', () => {
    const other = pem.includes('RSA') ? 'PRIVATE' : 'RSA PRIVATE';
    expect(readPrivateKey(pem.replaceAll(/(?:RSA )?PRIVATE/g, other), 'private_key')).toBe(PRIVATE_KEY);
    expect(readPrivateKey(body(pem), 'private_key')).toBe(PRIVATE_KEY);
  });

  test('what happened several times, in any order', () => {
    const ways = Object.entries(WAYS).flatMap(([name, way]) => (name.includes('base64') ? [] : [way]));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ways), { maxLength: 3 }), (several) => {
        const text = several.reduce((changed, way) => way(changed), pem);
        expect(readPrivateKey(text, 'private_key')).toBe(PRIVATE_KEY);
      }),
    );
  });
});

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const locked = { cipher: 'aes-256-cbc', passphrase: 'x' };
const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${randomBytes(300).toString('base64')}\n-----END CERTIFICATE-----\n`;

/** What is no key that a service account can have, and what the error calls it. */
const OTHERS: [what: string, text: string][] = [
  ['is empty', ''],
  ['is empty', ' "" \n'],
  ['is an EC key', pemOf(ec)],
  ['is an EC key', ec.export({ type: 'sec1', format: 'pem' }).toString()],
  ['is an EC key', body(pemOf(ec))],
  ['is a key of another kind than RSA', pemOf(ed25519)],
  ['is a key of another kind than RSA', PRIVATE_KEY.replaceAll('PRIVATE', 'DSA PRIVATE')],
  ['is a key of another kind than RSA', PRIVATE_KEY.replaceAll('PRIVATE KEY', 'PGP PRIVATE KEY BLOCK')],
  ['is a key of OpenSSH', PRIVATE_KEY.replaceAll('PRIVATE', 'OPENSSH PRIVATE')],
  ['is an encrypted key', rsa.export({ type: 'pkcs8', format: 'pem', ...locked }).toString()],
  ['is an encrypted key', rsa.export({ type: 'pkcs1', format: 'pem', ...locked }).toString()],
  ['is a public key', createPublicKey(rsa).export({ type: 'spki', format: 'pem' }).toString()],
  ['is a public key', createPublicKey(rsa).export({ type: 'pkcs1', format: 'pem' }).toString()],
  ['is a certificate', CERTIFICATE],
  ['holds several keys', PRIVATE_KEY + PKCS1],
  ['holds JSON', JSON.stringify({ type: 'service_account', private_key: PRIVATE_KEY })],
  ['is cut short', PRIVATE_KEY.slice(0, 400)],
  ['is cut short', PRIVATE_KEY.slice(0, -10)],
  ['is cut short', PRIVATE_KEY.slice(100)],
  ['is damaged or cut short', PRIVATE_KEY.replace(/\n.{64}\n/, '\n')],
  ['is damaged or cut short', PRIVATE_KEY.replace('MII', 'M!I')],
  ['is no key in PEM', 'x'],
  ['is no key in PEM', '/secrets/key.pem'],
  ['is no key in PEM', body(PRIVATE_KEY).slice(0, 600)],
  ['is no key in PEM', randomBytes(200_000).toString('base64')],
];

test.each(OTHERS)('%s', (what, text) => {
  const read = (): string => readPrivateKey(text, 'the field');
  expect(read).toThrow(expect.objectContaining({ name: 'ConfigError', code: 'RUN_AUTH_PRIVATE_KEY_INVALID' }));
  expect(read).toThrow(new RegExp(`^the field ${what}[^A-Za-z]`));
});

test('a certificate beside the key does no harm', () => {
  expect(readPrivateKey(CERTIFICATE + PRIVATE_KEY, 'private_key')).toBe(PRIVATE_KEY);
  expect(readPrivateKey(PRIVATE_KEY + CERTIFICATE, 'private_key')).toBe(PRIVATE_KEY);
});

test('whatever stands there is read or refused, and never told', () => {
  const piece = fc.constantFrom(
    '-----BEGIN ',
    'PRIVATE KEY',
    '-----',
    '\n',
    '\\n',
    '\\',
    '"',
    'MII',
    body(PRIVATE_KEY),
    '\\u0041',
  );
  const text = fc
    .array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 12 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (given) => {
      try {
        expect(readPrivateKey(given, 'private_key')).toBe(PRIVATE_KEY);
      } catch (error) {
        expect(String(error)).toMatch(/^ConfigError: private_key (?:is|holds) [A-Za-z ,:]+[._]/);
      }
    }),
  );
});
