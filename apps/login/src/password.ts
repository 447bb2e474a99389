import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt: N=2^17, r=8, p=1.
const LOG2_N = 17;
const COST: ScryptOptions = { N: 2 ** LOG2_N, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
const KEY_BYTES = 32;
const HASH = /^\$scrypt\$ln=17,r=8,p=1\$([\w-]{22})\$([\w-]{43})$/;

/** One hash holds 128 MiB while it is made: so many at once fit a small container, and so many more may wait. */
const CONCURRENCY = 2;
const LONGEST_QUEUE = 16;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Too many people sign in at once. */
export class TooBusyError extends Error {
  override name = 'TooBusyError';
  readonly statusCode = 503;
  readonly headers = { 'retry-after': '5' };
}

/** Makes the hash to keep of a password: `$scrypt$ln=17,r=8,p=1$SALT$KEY`, both in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await deriveInTurn(password, salt);
  return `$scrypt$ln=${LOG2_N},r=8,p=1$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/**
 * Whether a password belongs to a hash. Without a hash (nobody has that e-mail address) the work is the same and the
 * answer no, so that time does not tell who has an account.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt, key] = HASH.exec(hash ?? '') ?? [];
  const derived = await deriveInTurn(password, salt ? Buffer.from(salt, 'base64url') : randomBytes(16));
  const expected = key ? Buffer.from(key, 'base64url') : randomBytes(KEY_BYTES);
  return timingSafeEqual(derived, expected) && key !== undefined;
}

let running = 0;
const waiting: (() => void)[] = [];

async function deriveInTurn(password: string, salt: Buffer): Promise<Buffer> {
  if (running >= CONCURRENCY) {
    if (waiting.length >= LONGEST_QUEUE) throw new TooBusyError('too many passwords are waiting to be checked');
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await derive(password.normalize('NFKC'), salt, KEY_BYTES, COST);
  } finally {
    // The turn passes on to who waits longest, or ends.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
