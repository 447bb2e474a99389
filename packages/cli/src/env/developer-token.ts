import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cloud, developerFolder } from '@run-edges/emulator';
import { TargetError } from '../emulator-api.ts';

/** What this user keeps of the emulator at an address. Services that the emulator starts find it empty. */
export function folderOf(api: string): string {
  return join(developerFolder(), new URL(api).host.replaceAll(/[^\w.]/g, '-'));
}

/**
 * Keeps the developer's token for the other commands, for as long as this process lives: in a file that its owner alone
 * may read, and that nobody has made before. Why it cannot, where it cannot.
 */
export function keepToken({ url, developerToken }: Cloud): string | undefined {
  const file = tokenFile(url);
  try {
    mkdirSync(folderOf(url), { recursive: true, mode: 0o700 });
    // Left by one that was killed: while this one has the port, no other is there.
    rmSync(file, { force: true });
    writeFileSync(file, developerToken, { flag: 'wx', mode: 0o600 });
    process.on('exit', () => rmSync(file, { force: true }));
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `The developer's token cannot be kept in ${file} (${code ?? message}): run-edges env will want RUN_EDGES_TOKEN, here and there.`;
  }
}

/**
 * The developer's token for the emulator at this address: of the environment, else the one that it keeps here. By the
 * address as the emulator prints it alone: `localhost` may be another program, at ::1.
 * @throws TargetError where there is none, or where others could have written or read it
 */
export function readToken(api: string): string {
  const { RUN_EDGES_TOKEN: given = '' } = process.env;
  if (given === '') return readFile(tokenFile(api), api);
  if (isToken(given)) return given;
  throw new TargetError('RUN_EDGES_TOKEN holds no token.', 'Set it as for the emulator, or unset it.');
}

/** Bytes. */
const LONGEST_TOKEN = 4096;

/** Whether it can stand in a header: what cannot would be told in an error. */
function isToken(text: string): boolean {
  return text.length <= LONGEST_TOKEN && /^[!-~]+$/.test(text);
}

function tokenFile(api: string): string {
  return join(folderOf(api), 'token');
}

function readFile(path: string, api: string): string {
  const file = open(path, api);
  try {
    const stats = fstatSync(file);
    const mend = 'Remove it, and start the emulator again.';
    if (stats.uid !== process.getuid?.() || (stats.mode & 0o077) !== 0)
      throw new TargetError(`${path} is not yours alone.`, mend);
    const token = stats.isFile() && stats.size <= LONGEST_TOKEN ? readFileSync(file, 'utf8') : '';
    if (!isToken(token)) throw new TargetError(`${path} holds no token.`, mend);
    return token;
  } finally {
    closeSync(file);
  }
}

function open(path: string, api: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw new TargetError(
      `There is no token of yours for ${api} (${(error as NodeJS.ErrnoException).code} at ${path}).`,
      'Name the emulator as run-edges up prints it, as the user who started it; or set RUN_EDGES_TOKEN for both.',
    );
  }
}
