import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { damaged, readSecret } from '../../internal/state/state-file.ts';
import { writeWhole } from '../../internal/state/write-whole.ts';
import { leafSigner, type SignLeaf } from './leaves.ts';
import { DAY_MS, type MadeAuthority, makeAuthority } from './make-authority.ts';

/** Whom the clients of this machine trust for Google's names, and nobody else's. */
export interface Authority {
  /** What clients trust: PEM. */
  readonly certificate: string;
  /** The file of {@link certificate}. */
  readonly file: string;
  readonly ends: Date;
  readonly sign: SignLeaf;
}

/** An authority with less time than this is replaced at the start: who runs for long is not left without. */
const SHORTEST_MS = 10 * DAY_MS;

/**
 * The authority that is kept in a folder: made when there is none, or when it is about to end. The key stands in a file
 * that its owner alone may read, and the certificate, which is no secret, beside it.
 * @param rotate make another one, whatever there is
 * @throws EmulatorError STATE_INVALID where what is kept cannot be used
 */
export async function openAuthority(folder: string, { rotate = false } = {}): Promise<Authority> {
  const secret = join(folder, 'authority-key.pem');
  const file = join(folder, 'authority.pem');
  const kept = rotate ? undefined : await readKept(secret);
  const made = kept ?? (await makeAuthority());
  if (kept === undefined) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeWhole(secret, made.key + made.issuer + made.root);
  }
  await writeWhole(file, made.root);
  return { certificate: made.root, file, ends: endOf(made), sign: await leafSigner(made) };
}

async function readKept(file: string): Promise<MadeAuthority | undefined> {
  const text = await readSecret(file);
  if (text === undefined) return undefined;
  const [key = '', issuer = '', root = ''] = text.match(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----\n/g) ?? [];
  const made = { key, issuer, root };
  const problem = problemOf(made);
  if (problem !== undefined) throw damaged(file, problem);
  return endOf(made).getTime() - Date.now() < SHORTEST_MS ? undefined : made;
}

/** Why what was read is no authority. */
function problemOf({ key, issuer, root }: MadeAuthority): string | undefined {
  try {
    const by = new X509Certificate(issuer);
    const above = new X509Certificate(root);
    if (!by.verify(above.publicKey) || !above.verify(above.publicKey)) return 'its certificates do not belong together';
    return by.checkPrivateKey(createPrivateKey(key)) ? undefined : 'the key is not that of the certificate';
  } catch {
    return 'it holds no key and two certificates';
  }
}

function endOf({ root }: MadeAuthority): Date {
  return new X509Certificate(root).validToDate;
}
