import { randomBytes } from 'node:crypto';
import { EmulatorError } from '../errors.ts';

/** The token that is given, or a new one of 256 random bits. @throws EmulatorError SETTING_INVALID */
export function readDeveloperToken(given: string | undefined): string {
  if (given === undefined) return randomBytes(32).toString('base64url');
  if (/^[\x21-\x7e]{32,1000}$/.test(given)) return given;
  throw new EmulatorError(
    'SETTING_INVALID',
    'The developer’s token is too easy to guess, or cannot be sent.',
    'Give 32 to 1000 printable characters without blanks, for example what "openssl rand -hex 32" prints.',
  );
}
