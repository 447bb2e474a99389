import { dirname, relative, resolve, sep } from 'node:path';
import { DeclarationError, parseDeclaration } from '@run-edges/edges';
import { callersFirst } from '../edges-file/callers-first.ts';
import type { DraftEntry, Sourced } from '../edges-file/draft.ts';
import { createFreeNames } from '../edges-file/free-names.ts';
import { refusalOf } from '../edges-file/refusal.ts';
import { writeDraft } from '../edges-file/write-draft.ts';
import { type ComposeService, composeServices } from '../init/compose-services.ts';
import { addressOf, type Guess, guessEdges } from '../init/guess-edges.ts';
import type { Imported } from './declare.ts';
import { ImportError } from './import-error.ts';
import { mayBeSecret } from './secret.ts';

/** What is run beside services, and is none of Cloud Run's. */
const BESIDE =
  /(?:^|\/)(?:postgres|postgis|mysql|mariadb|mongo|redis|valkey|memcached|rabbitmq|kafka|zookeeper|nats|elasticsearch|opensearch|minio|nginx|traefik|caddy|envoy|haproxy|adminer|pgadmin4?|mailhog|mailpit|jaeger|all-in-one|prometheus|grafana|localstack|vault|consul|keycloak|cloud-sdk|google-cloud-cli)(?:$|[:@-])/;

export interface ComposeOptions {
  /** Where the compose file is; as it is named. */
  readonly file: string;
  /** The folder in which the declaration will stand. */
  readonly folder: string;
  /** Whether values of variables are copied. */
  readonly env: boolean;
}

/** A declaration of the services of a compose file: who calls whom is a guess, since a network there asks nobody. @throws ImportError */
export function fromCompose(text: string, { file, folder, env }: ComposeOptions): Imported {
  const all = composeServices(text, file);
  if (all.length === 0)
    throw new ImportError(`${file} has no services of compose.`, 'Name a compose file: --compose docker-compose.yml');
  const notes: string[] = [];
  const freeName = createFreeNames();
  const found = all.flatMap((service) => {
    if (service.build !== undefined || (service.image !== undefined && !BESIDE.test(service.image)))
      return [{ service, name: freeName(service.name) }];
    notes.push(
      `${service.name} is left out: ${service.image ?? 'it has neither build nor image'} is no service of Cloud Run.`,
    );
    return [];
  });
  const guesses = guessEdges(
    found.map(({ service, name }) => ({ name, aliases: new Set([service.name]), code: [], described: [service] })),
  );
  const names = found.map(({ name }) => name);
  const entries = found.map(({ service, name }): DraftEntry => {
    const calls = guesses.filter(({ caller }) => caller === name);
    if (name !== service.name) notes.push(`${name} is ${service.name} there.`);
    return {
      part: 'services',
      name,
      from: `services.${service.name}${service.published ? '; it publishes a port: if everybody may call it, add public: true' : ''}`,
      settings: settingsOf(service, calls, { folder, file, env, names, note: (one) => notes.push(`${name}: ${one}`) }),
      calls: calls.map(({ receiver, from }) => ({ value: receiver, from })),
    };
  });
  if (entries.length === 0)
    throw new ImportError(`${file} has no service that could be one of Cloud Run.`, notes.join(' '));
  const written = writeDraft({
    head: [
      `Who may call whom. Read from ${file} by run-edges import: behind each line is what says it there. Edges are guesses.`,
      'What is not written here is forbidden.',
    ],
    entries: callersFirst(entries),
    notes: notes.length === 0 ? [] : ['What could not be said here:', ...notes],
  });
  checkReadable(written, file);
  return { text: written, notes: notes.length === 0 ? [] : ['', ...notes] };
}

interface Written {
  readonly folder: string;
  readonly file: string;
  readonly env: boolean;
  readonly names: readonly string[];
  readonly note: (text: string) => void;
}

function settingsOf(service: ComposeService, calls: readonly Guess[], { folder, file, env, names, note }: Written) {
  const from = `services.${service.name}`;
  const settings: Record<string, Sourced<unknown>> = {};
  const add = (key: string, value: unknown, whence: string) => {
    const why = refusalOf({ services: { one: { [key]: value } } });
    if (why === undefined) settings[key] = { value, from: whence };
    else note(`${key} is left out: ${why}`);
  };
  if (service.build !== undefined) {
    const { context, dockerfile } = service.build;
    const path =
      relative(folder, resolve(dirname(file), context))
        .split(sep)
        .join('/') || '.';
    add('source', path, `${from}.build`);
    if (dockerfile !== undefined) add('build', { context: path, dockerfile }, `${from}.build`);
  } else if (service.image !== undefined) add('image', service.image, `${from}.image`);
  if (service.http2) add('http2', true, `${from}.ports`);
  const urls = new Set(service.urls.map(({ variable }) => variable));
  const plain = Object.entries(service.environment).filter(([variable]) => !urls.has(variable));
  const others = Object.fromEntries(names.map((name) => [name, {}]));
  const isTaken = (variable: string, value: string) =>
    refusalOf({ services: { ...others, 'one-more': { env: { [variable]: value } } } }) === undefined;
  const copied = plain.filter(
    ([variable, value]) => env && !value.includes('$') && !mayBeSecret(variable, value) && isTaken(variable, value),
  );
  const left = plain.filter((one) => !copied.includes(one)).map(([variable]) => variable);
  if (left.length > 0)
    note(
      `left out of env, since each ${env ? 'may hold a secret, or is set otherwise' : 'is copied by --env alone'}: ${left.join(', ')}.`,
    );
  const addresses = calls.flatMap(({ variable, receiver, path }): [string, string][] =>
    variable === undefined ? [] : [[variable, addressOf(receiver, path)]],
  );
  const variables = Object.fromEntries([...copied, ...addresses]);
  // The address of another is refused where it is tried alone.
  if (Object.keys(variables).length > 0) settings.env = { value: variables, from: `${from}.environment` };
  return settings;
}

function checkReadable(text: string, file: string): void {
  try {
    parseDeclaration(text, 'edges.yaml');
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    const [problem] = error.problems;
    throw new ImportError(`What is in ${file} makes no declaration: ${problem?.message}.`, problem?.mend ?? '');
  }
}
