import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import schema from '../edges.schema.json' with { type: 'json' };
import type { NamedPart } from './draft.ts';
import { type Finding, quote } from './finding.ts';
import { mendOf } from './mends.ts';
import { didYouMean } from './nearest.ts';
import { subject } from './subject.ts';
import { kindOf, nameOf } from './words.ts';
import { MERGE_KEY, type Path, type YamlDocument } from './yaml-document.ts';

/**
 * That the schema is a valid one is for the tests to say, not for every start. An entry of `calls` is a text or a mapping,
 * said in one schema: alternatives would be told as a heap of errors, one for each.
 */
const ajvOptions = { meta: false, validateSchema: false, allowUnionTypes: true } as const;

let compiled: ValidateFunction | undefined;

/** What the JSON Schema refuses, in words of the declaration. */
export function schemaFindings(document: YamlDocument): readonly Finding[] {
  // Compiled on first use: programs that only import the package need not pay for it.
  compiled ??= new Ajv({ ...ajvOptions, allErrors: true, verbose: true }).compile(schema);
  if (compiled(document.value)) return [];
  const findings: Finding[] = [];
  const told = new Set<string>();
  for (const error of compiled.errors ?? []) {
    // The keywords inside propertyNames report once more as propertyNames.
    if (error.propertyName !== undefined) continue;
    const path = pathOf(error.instancePath);
    const subkey = property(error);
    if (subkey === MERGE_KEY || path.includes(MERGE_KEY)) continue;
    const id = `${error.instancePath}\0${subkey ?? ''}`;
    // One value, one problem: its mend states the whole rule.
    if (told.has(id)) continue;
    told.add(id);
    findings.push(describe(error, path, subkey, document));
  }
  return findings;
}

function property({ keyword, params }: ErrorObject): string | undefined {
  if (keyword === 'additionalProperties') return String(params.additionalProperty);
  if (keyword === 'propertyNames') return String(params.propertyName);
  return undefined;
}

function describe(error: ErrorObject, path: Path, subkey: string | undefined, document: YamlDocument): Finding {
  if (subkey !== undefined) {
    const offset = document.offsetOf([...path, subkey], 'key');
    if (error.keyword === 'additionalProperties') return { offset, ...unknownKey(subkey, path, error) };
    return { offset, ...(path.length === 1 ? badName(subkey, path[0] as NamedPart) : badVariableName(subkey, path)) };
  }
  const offset = document.offsetOf(path, 'value');
  return { offset, message: `${subject(path)} ${fault(error)}`, mend: () => mendOf(path, error) };
}

function unknownKey(key: string, path: Path, error: ErrorObject) {
  const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
  const where = path.length === 0 ? 'at the top of the file' : `in ${subject(path)}`;
  const mend = () => didYouMean(key, known) ?? `Known here: ${known.join(', ')}.`;
  return { message: `unknown key ${quote(key)} ${where}`, mend };
}

function badName(name: string, part: NamedPart) {
  if (name === 'anonymous' || name === 'stranger') {
    const message = `the ${kindOf(part)} name ${quote(name)} is reserved: it stands for a caller in the matrix`;
    return { message, mend: () => 'Choose another name.' };
  }
  const rule =
    'Use lower-case letters, digits and hyphens: a letter first, no hyphen last, at most 49 characters in all.';
  const tidy = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  const mend = () => (tidy !== '' && tidy !== name && tidy.length <= 49 ? `Did you mean "${tidy}"? ${rule}` : rule);
  return { message: `${quote(name)} cannot be the name of ${nameOf(part)}`, mend };
}

function badVariableName(name: string, path: Path) {
  const mend = () => 'Use letters, digits and underscores, not starting with a digit.';
  return { message: `${subject(path)}: ${quote(name)} cannot be the name of an environment variable`, mend };
}

function fault({ keyword, params, data }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return `has no ${quote(String(params.missingProperty))}`;
    case 'type':
      return data === undefined || data === null ? 'is empty' : `is ${kind(data)}`;
    case 'minProperties':
    case 'minItems':
      return 'is empty';
    case 'maxProperties':
    case 'maxItems':
      return `has more than ${params.limit} entries`;
    case 'minLength':
    case 'maxLength':
      return data === ''
        ? 'is empty'
        : `is ${quote(String(data))}, which is too ${keyword === 'minLength' ? 'short' : 'long'}`;
    case 'uniqueItems':
      return 'has the same entry twice';
    case 'not':
      return `is ${quote(String(data))}, which is reserved`;
    case 'pattern':
    case 'enum':
      return `cannot be ${quote(String(data))}`;
    default:
      return `cannot be ${kind(data)}`;
  }
}

function kind(data: unknown): string {
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return data === null ? 'empty' : 'a mapping';
  return typeof data === 'string' ? `the text ${quote(data)}` : String(data);
}

function pathOf(pointer: string): Path {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
