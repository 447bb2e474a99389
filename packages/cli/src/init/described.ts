import { parseAllDocuments } from 'yaml';
import { pathIn } from './folders.ts';
import type { Folder, Scanned } from './scan.ts';

/** A service as a compose file or one of Knative describes it. */
export interface Described {
  readonly name: string;
  readonly file: string;
  /** The folder that its image is built from, from the root. */
  readonly folder?: string;
  /** Names of those that it waits for. */
  readonly dependsOn: readonly string[];
  /** Variables that hold the URL of another: their names, by the host that they name. */
  readonly urls: readonly { readonly variable: string; readonly host: string }[];
}

const COMPOSE = /^(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml$/;
const KNATIVE = /^service\.ya?ml$/;

/** What describes services of the repository: never a value of a variable but the host that a URL of it names. */
export function describedServices(repository: Scanned): readonly Described[] {
  return repository.folders.flatMap((folder) =>
    [...folder.files].sort().flatMap((name) => {
      const file = pathIn(folder, name);
      if (COMPOSE.test(name)) return documentsIn(repository.read(file)).flatMap((one) => inCompose(one, folder, file));
      if (KNATIVE.test(name)) return documentsIn(repository.read(file)).flatMap((one) => inKnative(one, folder, file));
      return [];
    }),
  );
}

type Values = Readonly<Record<string, unknown>>;

function documentsIn(text: string): readonly Values[] {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'silent' });
    return [...documents]
      .filter(({ errors }) => errors.length === 0)
      .map((one) => record(one.toJS({ maxAliasCount: 100 })));
  } catch {
    return [];
  }
}

function inCompose(document: Values, folder: Folder, file: string): Described[] {
  return Object.entries(record(document.services)).map(([name, value]) => {
    const { build, depends_on: waits, environment } = record(value);
    const context = typeof build === 'string' ? build : record(build).context;
    return {
      ...{ name, file },
      ...(typeof context === 'string' && { folder: joined(folder.path, context) }),
      dependsOn: Array.isArray(waits) ? waits.filter(isText) : Object.keys(record(waits)),
      urls: urlsIn(
        Array.isArray(environment) ? environment.filter(isText).map(pairOf) : Object.entries(record(environment)),
      ),
    };
  });
}

function inKnative(document: Values, folder: Folder, file: string): Described[] {
  if (document.kind !== 'Service' || !String(document.apiVersion).startsWith('serving.knative.dev/')) return [];
  const { name } = record(document.metadata);
  const { containers } = record(record(record(document.spec).template).spec);
  const env = (Array.isArray(containers) ? containers : []).flatMap((one) => {
    const { env: variables } = record(one);
    return Array.isArray(variables) ? variables.map(record) : [];
  });
  if (!isText(name)) return [];
  const urls = urlsIn(env.map((one) => [String(one.name), one.value]));
  return [{ name, file, folder: folder.path, dependsOn: [], urls }];
}

function urlsIn(variables: readonly (readonly [string, unknown])[]): Described['urls'] {
  return variables.flatMap(([variable, value]) => {
    const host = isText(value) ? /^https?:\/\/([a-z0-9][-a-z0-9_.]*)/i.exec(value.trim())?.[1] : undefined;
    if (host === undefined || !/^[A-Za-z_]\w*$/.test(variable)) return [];
    // A URL of Cloud Run begins with the service's name.
    return [
      { variable, host: /^(.+?)-(?:\d+\.[-a-z0-9]+|[a-z0-9]{10}-[a-z]{2})(?:\.a)?\.run\.app$/.exec(host)?.[1] ?? host },
    ];
  });
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** A path from the root; one that leads out of it is none of ours. */
function joined(folder: string, context: string): string {
  const parts: string[] = folder === '' ? [] : folder.split('/');
  for (const part of context.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

function record(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
