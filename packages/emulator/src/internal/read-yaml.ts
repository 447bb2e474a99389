import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What stands under a key of a YAML file. @param invalid makes the error to throw when the file cannot be read */
export function readYaml(file: string, key: string, invalid: (why: string) => Error): unknown {
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'), { maxAliasCount: 100 });
  } catch (error) {
    throw invalid(((error as Error).message.split('\n')[0] ?? '').trim());
  }
  return typeof document === 'object' && document !== null && Object.hasOwn(document, key)
    ? (document as Record<string, unknown>)[key]
    : undefined;
}
