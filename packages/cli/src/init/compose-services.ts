import type { Described } from './described-service.ts';
import { urlsIn } from './urls.ts';
import { documentsIn, isText, record, type Values } from './yaml-values.ts';

/** A service of a compose file. https://docs.docker.com/reference/compose-file/services/ */
export interface ComposeService extends Described {
  readonly build?: { readonly context: string; readonly dockerfile?: string };
  readonly image?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether a port of it is open to the machine. */
  readonly published: boolean;
  /** Whether a port of it says that HTTP/2 without TLS is spoken there. */
  readonly http2: boolean;
}

/** @param file as messages name it */
export function composeServices(text: string, file: string): readonly ComposeService[] {
  return documentsIn(text).flatMap((document) =>
    Object.entries(record(document.services)).map(([name, value]) => serviceOf(name, record(value), file)),
  );
}

function serviceOf(name: string, value: Values, file: string): ComposeService {
  const { image, depends_on: waits, ports } = value;
  const environment = variablesOf(value.environment);
  const build = buildOf(value.build);
  return {
    ...{ name, file, environment },
    ...(build !== undefined && { build }),
    ...(isText(image) && { image }),
    dependsOn: Array.isArray(waits) ? waits.filter(isText) : Object.keys(record(waits)),
    urls: urlsIn(Object.entries(environment).map(([variable, text]) => [variable, withDefaults(text)])),
    published: Array.isArray(ports) && ports.length > 0,
    http2: Array.isArray(ports) && ports.some((port) => record(port).app_protocol === 'h2c'),
  };
}

function buildOf(build: unknown): ComposeService['build'] {
  if (isText(build)) return { context: build };
  const { context, dockerfile } = record(build);
  if (!isText(context) && !isText(dockerfile)) return undefined;
  return { context: isText(context) ? context : '.', ...(isText(dockerfile) && { dockerfile }) };
}

/** A list of `NAME=value`, or values by name. */
function variablesOf(environment: unknown): Record<string, string> {
  const pairs: readonly (readonly [string, unknown])[] = Array.isArray(environment)
    ? environment.filter(isText).map(pairOf)
    : Object.entries(record(environment));
  return Object.fromEntries(
    pairs
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .map(([name, value]) => [name, String(value)]),
  );
}

/** With what a value has where a variable is not set. https://docs.docker.com/reference/compose-file/interpolation/ */
function withDefaults(text: string): string {
  return text.replace(/\$\{\w+:?-([^${}]*)\}/g, '$1');
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
