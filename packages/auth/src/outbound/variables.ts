import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { ConfigError } from '../errors.ts';
import { isPlain } from '../secret-forms.ts';

/** Google's libraries read both. */
const FILE = ['GOOGLE_APPLICATION_CREDENTIALS', 'google_application_credentials'];
const FOLDER = ['CLOUDSDK_CONFIG', 'APPDATA', 'HOME'];
const METADATA_SERVER = ['GCE_METADATA_IP', 'GCE_METADATA_HOST'];

/** Stands for what the variables that lead to credentials hold, which may be a secret by mistake. */
export function digestOfVariables(...more: readonly string[]): string {
  const names = [...FILE, ...FOLDER, ...METADATA_SERVER];
  return digestOf(...names.map((name) => process.env[name] ?? ''), ...more);
}

/** Tells texts from others without telling them. */
export function digestOf(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
}

/**
 * Looks whether GOOGLE_APPLICATION_CREDENTIALS names a file where it is set, before google-auth-library does, whose error
 * holds the value.
 *
 * @throws ConfigError when it holds credentials, or a path and more, or its file is not plain UTF-8
 */
export async function checkFileVariable(): Promise<void> {
  const [name, value] = firstOf(FILE);
  if (value === '') return;
  const found = await stat(value).catch(() => undefined);
  if (found?.isFile()) {
    if (await beginsWithMark(value))
      throw new ConfigError(
        'RUN_AUTH_VARIABLE_INVALID',
        `${name} names a file that begins with a mark of byte order.`,
        {
          mend: 'Save the file as UTF-8 without a mark (BOM), which is not the default of every editor and shell.',
        },
      );
    return;
  }
  const mistake = MISTAKES.find(({ is }) => is(value));
  if (mistake !== undefined)
    throw new ConfigError('RUN_AUTH_VARIABLE_INVALID', `${name} holds ${mistake.what}.`, { mend: mistake.mend });
  if (!isPath(value)) throw new Error(`${name} names no file: it holds a text of ${value.length} characters`);
  const tilde = value.startsWith('~') ? ', and no shell has expanded its ~' : '';
  const what = found === undefined ? `a file that is not there${tilde}` : 'something else than a file';
  throw new Error(`${name} names ${what}: ${value}`);
}

/** As Windows' editors and shells write JSON, which no parser of it reads. RFC 8259 section 8.1 */
async function beginsWithMark(path: string): Promise<boolean> {
  // Why a file cannot be read is told by the library that wants to.
  const begin = await beginOf(path).catch(() => '');
  return /^(?:efbbbf|fffe|feff)/.test(begin);
}

/** The first bytes of a file, in hexadecimal digits. */
async function beginOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(3), 0, 3, 0);
    return buffer.toString('hex');
  } finally {
    await file.close();
  }
}

/**
 * Looks whether what names the metadata server is a host, before a request for it fails with an error that holds it.
 *
 * @throws ConfigError
 */
export function checkMetadataServerVariable(): void {
  const [name, given] = firstOf(METADATA_SERVER);
  if (given === '') return;
  const value = given.trimEnd();
  const url = URL.parse(/^https?:\/\//.test(value) ? value : `http://${value}`);
  if (url === null || url.username !== '' || url.password !== '' || !isPlain(value))
    throw new ConfigError('RUN_AUTH_VARIABLE_INVALID', `${name} holds no host.`, {
      mend: 'Set it to HOST:PORT, as `run-edges env` prints it, or unset it.',
    });
}

/** The variable that counts, and what it holds: an empty one is not set. */
function firstOf(names: readonly string[]): [name: string, value: string] {
  for (const name of names) {
    const value = process.env[name];
    if (value) return [name, value];
  }
  return ['', ''];
}

/** What people put into the variable in place of a path. */
const MISTAKES: readonly { readonly what: string; readonly mend: string; is(value: string): boolean }[] = [
  {
    what: 'JSON, not a path',
    mend: 'Write the JSON into a file and the path of that into GOOGLE_APPLICATION_CREDENTIALS; or keep the JSON of a service account key in another variable, and set `source: serviceAccountKey(JSON.parse(process.env.OTHER))`.',
    is: (value) => isJson(value) || isJson(fromBase64(value)),
  },
  {
    what: 'a key or certificate, not a path',
    mend: 'Write the JSON file of the credentials to a disk, and its path into GOOGLE_APPLICATION_CREDENTIALS.',
    is: (value) => value.includes('-----BEGIN') || fromBase64(value).includes('-----BEGIN'),
  },
  {
    what: 'a path with quotes, blanks or a line break around it',
    mend: 'Set GOOGLE_APPLICATION_CREDENTIALS to the path alone.',
    is: (value) => bare(value) !== value && isPath(bare(value)),
  },
];

function bare(value: string): string {
  return value
    .replace(/^[\s"'`\\\ufeff]+/, '')
    .trimEnd()
    .replace(/["'`\\]+$/, '');
}

function isJson(value: string): boolean {
  return /^(?:\{|\[\s*[{"]|%7B)/i.test(bare(value));
}

function fromBase64(value: string): string {
  const text = bare(value);
  return /^[\w+/=\s-]{16,}$/.test(text) ? Buffer.from(text, 'base64').toString('latin1') : '';
}

function isPath(value: string): boolean {
  return /^[~/.\\]|^[A-Za-z]:[\\/]|\.(?:json|pem|p12)$/.test(value) && isPlain(value) && bare(value) === value;
}
