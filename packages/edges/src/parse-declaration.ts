import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkText } from './check-declaration.ts';
import { DeclarationError } from './declaration-error.ts';
import { defaultServiceAccount, defaultSource, defaults } from './internal/defaults.ts';
import { toProblems } from './internal/finding.ts';
import { ruleFindings } from './internal/rules.ts';
import { schemaFindings } from './internal/schema-findings.ts';
import { parseYaml } from './internal/yaml-document.ts';
import type { Declaration, Service } from './service.ts';

/** Bytes. A declaration of a thousand services is far below. */
export const sizeLimit = 1024 * 1024;

/** What the file may say about a service, once the schema has passed it. */
type Written = Partial<Omit<Service, 'name'>>;

export interface ReadingOptions {
  /** Whether there may be no services: where they come by other ways than the declaration. Default: false. */
  readonly mayBeEmpty?: boolean;
}

/**
 * Checks the text of a declaration and fills in the defaults.
 * @param file Path of the file: named in messages, and `source` folders are relative to its folder.
 * @throws {DeclarationError} with every problem that was found, in the order of the file.
 */
export function parseDeclaration(text: string, file: string, { mayBeEmpty = false }: ReadingOptions = {}): Declaration {
  checkText(text, 'text');
  checkText(file, 'file');
  if (Buffer.byteLength(text) > sizeLimit) throw tooLarge(file);
  const document = parseYaml(text);
  const findings = [...document.findings];
  if (mayBeEmpty && findings.length === 0 && hasNoServices(document.value)) return { file, services: [] };
  if (document.value !== undefined) findings.push(...schemaFindings(document), ...ruleFindings(document));
  if (findings.length > 0) {
    throw new DeclarationError('DECLARATION_INVALID', toProblems(findings, file, document.place));
  }
  const { services } = document.value as { services: Record<string, Written> };
  const folder = dirname(resolve(file));
  return { file, services: Object.entries(services).map(([name, written]) => complete(name, written, folder)) };
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

function complete(name: string, written: Written, folder: string): Service {
  return {
    name,
    public: written.public ?? defaults.public,
    calls: [...(written.calls ?? [])],
    serviceAccount: written.serviceAccount ?? defaultServiceAccount(name),
    source: resolve(folder, written.source ?? defaultSource(name)),
    ingress: written.ingress ?? (defaults.ingress as Service['ingress']),
    audiences: [...(written.audiences ?? [])],
    env: { ...written.env },
    minInstances: written.minInstances ?? defaults.minInstances,
    maxInstances: written.maxInstances ?? defaults.maxInstances,
    concurrency: written.concurrency ?? defaults.concurrency,
  };
}
