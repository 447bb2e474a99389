import { parseAllDocuments } from 'yaml';

export type Values = Readonly<Record<string, unknown>>;

/** The documents of a YAML text as plain data; one that is broken is left out. */
export function documentsIn(text: string): readonly Values[] {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'silent', merge: true });
    return [...documents]
      .filter(({ errors }) => errors.length === 0)
      .map((one) => record(one.toJS({ maxAliasCount: 100 })));
  } catch {
    return [];
  }
}

export function record(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
