import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { checkText } from './check-declaration.ts';
import type { Declaration } from './declaration.ts';
import { DeclarationError, type DeclarationErrorCode } from './declaration-error.ts';
import { parseDeclaration, type ReadingOptions, sizeLimit, tooLarge } from './parse-declaration.ts';

/**
 * Reads and checks a declaration file.
 * @param file Path of the file, as it shall appear in messages; a relative one is resolved from the working directory.
 * @throws {DeclarationError} with every problem that was found.
 */
export function readDeclaration(file: string, options: ReadingOptions = {}): Declaration {
  checkText(file, 'file');
  return parseDeclaration(readText(file), file, options);
}

function readText(file: string): string {
  let bytes: Uint8Array;
  let opened: number | undefined;
  try {
    // A pipe would let this wait until somebody writes into it.
    opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(opened);
    if (stats.isDirectory()) throw refusal(file, 'is a folder', 'Name the declaration file in it.');
    // A device could block for ever or never end.
    if (!stats.isFile()) throw refusal(file, 'is not a regular file', 'Name a declaration file.');
    if (stats.size > sizeLimit) throw tooLarge(file);
    bytes = readFileSync(opened);
  } catch (cause) {
    if (cause instanceof DeclarationError) throw cause;
    const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') {
      const mend = 'Write it: "services:" and below it, indented, one entry per service, such as "search: {}".';
      throw refusal(file, 'there is no such file', mend, 'DECLARATION_NOT_FOUND', cause);
    }
    const mend = 'Check the path and that you may read it.';
    throw refusal(file, `cannot be read (${errno})`, mend, 'DECLARATION_UNREADABLE', cause);
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refusal(file, 'is not UTF-8 text', 'Save it as UTF-8.', 'DECLARATION_UNREADABLE', cause);
  }
}

function refusal(
  file: string,
  message: string,
  mend: string,
  code: DeclarationErrorCode = 'DECLARATION_UNREADABLE',
  cause?: unknown,
): DeclarationError {
  return new DeclarationError(code, [{ file, line: 1, column: 1, message, mend }], { cause });
}
