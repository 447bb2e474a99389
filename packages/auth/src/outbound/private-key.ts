import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ConfigError } from '../errors.ts';

/** What else stands between BEGIN and END in PEM (RFC 7468), by its label without blanks. */
const OTHERS: readonly (readonly [label: RegExp, what: string])[] = [
  [/^ENCRYPTEDPRIVATEKEY$/, 'an encrypted key'],
  [/^ECPRIVATEKEY$/, 'an EC key'],
  [/^OPENSSHPRIVATEKEY$/, 'a key of OpenSSH'],
  [/PUBLICKEY$/, 'a public key'],
  [/^CERTIFICATE$/, 'a certificate'],
  [/PRIVATEKEY/, 'a key of another kind than RSA'],
];

/** A key has 2 to 4 KB. */
const MAX_LENGTH = 20_000;
const BLOCK = /-----BEGIN([A-Z\d\s]+)-----([\s\S]*?)-----END[A-Z\d\s]+-----/g;
/** `-----BEGIN` in base64. */
const IN_BASE64 = /^LS0tLS1CRUdJT/;

/**
 * Reads the private key of a service account as people hold it: as its JSON file has it; with its line breaks written
 * otherwise by a variable, a shell or an editor (`\n`, escaped once or more often, CRLF, blanks, none); in quotes; in
 * base64. PKCS #8 or PKCS #1 (RFC 5208, RFC 8017), RSA, not encrypted.
 *
 * @param field how the error names it
 * @returns PKCS #8 in PEM
 * @throws ConfigError which says what it is instead, and never what it holds
 */
export function readPrivateKey(text: string, field: string): string {
  const key = keyIn(plain(text.slice(0, MAX_LENGTH)));
  if (typeof key === 'string') throw new ConfigError('RUN_AUTH_PRIVATE_KEY_INVALID', `${field} ${key}.`);
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** With real line breaks, and without what stands around it. No backslash is in PEM: one begins what somebody escaped. */
function plain(text: string): string {
  const pem = text
    .replace(/\\+u00([\da-f]{2})/gi, (_escape, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\+[nrt]/g, '\n')
    .replace(/^[\s"'`\\]+|[\s"'`\\]+$/g, '');
  return IN_BASE64.test(pem) ? Buffer.from(pem, 'base64').toString('latin1') : pem;
}

/** The key, or what is there instead. */
function keyIn(text: string): KeyObject | string {
  if (text === '') return 'is empty';
  if (text.startsWith('{')) return 'holds JSON: give what stands in its private_key';
  const blocks = [...text.matchAll(BLOCK)].map(([, label = '', body = '']) => ({
    label: label.replace(/\s/g, ''),
    body,
  }));
  const keys = blocks.filter(({ label }) => /^(?:RSA)?PRIVATEKEY$/.test(label));
  if (keys.length > 1) return 'holds several keys';
  const other = OTHERS.find(([form]) => blocks.some(({ label }) => form.test(label)));
  const [{ body } = { body: text }] = keys;
  if (keys.length === 0 && other !== undefined) return `is ${other[1]}`;
  if (/^\s*Proc-Type:.*ENCRYPTED/.test(body)) return 'is an encrypted key';
  if (body.includes('-----')) return 'is cut short: its BEGIN or END line is missing';
  return keyOf(body.replace(/\s/g, '')) ?? (keys.length === 0 ? 'is no key in PEM' : 'is damaged or cut short');
}

function keyOf(base64: string): KeyObject | string | undefined {
  const key = /^[A-Za-z\d+/]+={0,2}$/.test(base64) ? ofDer(Buffer.from(base64, 'base64')) : undefined;
  if (key === undefined || key.asymmetricKeyType === 'rsa') return key;
  return key.asymmetricKeyType === 'ec' ? 'is an EC key' : 'is a key of another kind than RSA';
}

/** The label is not asked: people write the one for the other. */
function ofDer(key: Buffer): KeyObject | undefined {
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const)
    try {
      return createPrivateKey({ key, type, format: 'der' });
    } catch {
      // Another type, or none.
    }
  return undefined;
}
