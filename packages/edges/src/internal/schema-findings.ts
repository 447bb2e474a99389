import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import schema from '../edges.schema.json' with { type: 'json' };
import { type Finding, list, quote, unquoteWhenPlain } from './finding.ts';
import { didYouMean } from './nearest.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

let compiled: ValidateFunction | undefined;

/** What the JSON Schema refuses, in words of the declaration. */
export function schemaFindings(document: YamlDocument): readonly Finding[] {
  // Compiled on first use: programs that only import the package need not pay for it.
  // That the schema is a valid one is for the tests to say, not for every start.
  compiled ??= new Ajv({ allErrors: true, verbose: true, meta: false, validateSchema: false }).compile(schema);
  if (compiled(document.value)) return [];
  const findings: Finding[] = [];
  const told = new Set<string>();
  for (const error of compiled.errors ?? []) {
    // The keywords inside propertyNames report once more as propertyNames; repeated calls are told by name elsewhere.
    if (error.propertyName !== undefined) continue;
    const path = pathOf(error.instancePath);
    if (error.keyword === 'uniqueItems' && path.at(-1) === 'calls') continue;
    const subkey = property(error);
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
    return { offset, ...(path.length === 1 ? badServiceName(subkey) : badVariableName(subkey, path)) };
  }
  const offset = document.offsetOf(path, 'value');
  return { offset, message: `${subject(path)} ${fault(error)}`, mend: () => mendOf(path, error) };
}

function unknownKey(key: string, path: Path, error: ErrorObject) {
  const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
  const where = path.length === 0 ? 'at the top of the file' : `in ${subject(path)}`;
  const mend = () => didYouMean(key, known) ?? `Known here: ${list(known)}.`;
  return { message: `unknown key ${quote(key)} ${where}`, mend };
}

function badServiceName(name: string) {
  if (name === 'anonymous' || name === 'stranger') {
    const message = `the service name ${quote(name)} is reserved: it stands for a caller in the matrix`;
    return { message, mend: () => 'Choose another name.' };
  }
  const rule =
    'Use lower-case letters, digits and hyphens: a letter first, no hyphen last, at most 49 characters in all.';
  const tidy = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  const mend = () => (tidy !== '' && tidy !== name && tidy.length <= 49 ? `Did you mean "${tidy}"? ${rule}` : rule);
  return { message: `${quote(name)} cannot be the name of a Cloud Run service`, mend };
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

function mendOf(path: Path, { keyword, params, data }: ErrorObject): string {
  const [, service, key] = path;
  if (keyword === 'maxProperties' || keyword === 'maxItems') return `Cut it to ${params.limit}.`;
  if (service === undefined) {
    return 'Write "services:" and below it, indented, one entry per service, such as "search: {}".';
  }
  if (key === undefined && Object.hasOwn(mends, service) && data !== null)
    return `If ${service} is a setting of the service above it, indent it further than that one's name.`;
  if (key === undefined) return `Write "${unquoteWhenPlain(String(service))}: {}" to take every default.`;
  if (key === 'ingress' && typeof data === 'string') {
    const likely = didYouMean(data, ingresses);
    if (likely !== undefined) return likely;
  }
  if (key === 'env' && path.length > 3 && (typeof data === 'number' || typeof data === 'boolean')) {
    return `Put it in quotes: "${data}".`;
  }
  return (Object.hasOwn(mends, key) ? mends[key] : undefined) ?? 'Correct the value.';
}

const ingresses: readonly string[] = schema.definitions.service.properties.ingress.enum;

const mends: Readonly<Record<string, string>> = {
  public: 'Write true or false.',
  calls: 'Write a list of names of services, such as [search].',
  serviceAccount:
    'Write an account id, the part before the @: 6 to 30 lower-case letters, digits or hyphens, ' +
    'a letter first, no hyphen last, neither "anonymous" nor "stranger".',
  source: 'Write the folder of the app, relative to this file, in visible characters; ~ is not a home folder here.',
  ingress: `Write one of ${list(ingresses)}.`,
  audiences: 'Write a list of different audiences without spaces, such as ["https://search.example.com"].',
  env: 'Write a mapping from names to strings, such as LOG_LEVEL: "debug".',
  minInstances: 'Write a whole number, 0 or more.',
  maxInstances: 'Write a whole number, 1 or more.',
  concurrency: 'Write a whole number from 1 to 1000.',
};

/** How a place in the file is called in a sentence: `login`, `login: calls`, `login: env.LOG_LEVEL`. */
function subject(path: Path): string {
  const [services, service, key, entry] = path;
  if (services === undefined) return 'the file';
  if (service === undefined) return '"services"';
  const name = unquoteWhenPlain(String(service));
  if (key === undefined) return name;
  if (entry === undefined) return `${name}: ${key}`;
  return key !== 'env' ? `${name}: an entry of ${key}` : `${name}: env.${entry}`;
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
