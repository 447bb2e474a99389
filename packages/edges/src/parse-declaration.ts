import { isDeepStrictEqual } from 'node:util';
import { checkText } from './check-declaration.ts';
import type { Declaration } from './declaration.ts';
import { DeclarationError } from './declaration-error.ts';
import { complete, type Written } from './internal/complete.ts';
import { toProblems } from './internal/finding.ts';
import { ruleFindings } from './internal/rules.ts';
import { schemaFindings } from './internal/schema-findings.ts';
import { parseYaml } from './internal/yaml-document.ts';

/** Bytes. A declaration of a thousand services is far below. */
export const sizeLimit = 1024 * 1024;

export interface ReadingOptions {
  /** Whether there may be no services: where they come by other ways than the declaration. Default: false. */
  readonly mayBeEmpty?: boolean;
  /** The id of the project that the declaration is of, where it is known: a principal that is an account of it is refused. */
  readonly project?: string;
}

/**
 * Checks the text of a declaration and fills in the defaults.
 * @param file Path of the file: named in messages, and `source` folders are relative to its folder.
 * @throws {DeclarationError} with every problem that was found, in the order of the file.
 */
export function parseDeclaration(text: string, file: string, options: ReadingOptions = {}): Declaration {
  const { mayBeEmpty = false, project } = options;
  checkText(text, 'text');
  checkText(file, 'file');
  if (Buffer.byteLength(text) > sizeLimit) throw tooLarge(file);
  const document = parseYaml(text);
  const findings = [...document.findings];
  if (mayBeEmpty && findings.length === 0 && hasNoServices(document.value)) return { file, services: [] };
  if (document.value !== undefined) findings.push(...schemaFindings(document), ...ruleFindings(document, project));
  if (findings.length > 0) {
    throw new DeclarationError('DECLARATION_INVALID', toProblems(findings, file, document.place));
  }
  return complete(document.value as Written, file);
}

/** Whether it is `services:` with nothing below it. */
function hasNoServices(value: unknown): boolean {
  return isDeepStrictEqual(value, { services: null }) || isDeepStrictEqual(value, { services: {} });
}

export function tooLarge(file: string): DeclarationError {
  const mend = 'Take out what is not a declaration; a service needs a few lines.';
  return new DeclarationError('DECLARATION_INVALID', [
    { file, line: 1, column: 1, message: 'is larger than 1 MiB', mend },
  ]);
}
