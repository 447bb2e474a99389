import { Ajv, type ErrorObject } from 'ajv';
import { lastWords } from './last-words.ts';
import type { FromSchema } from './schema-types.ts';

/** A variable: a JSON Schema for its value, and what to say to somebody who has to set it. */
interface Variable {
  type: string;
  description: string;
  [keyword: string]: unknown;
}

export interface ConfigSchema {
  type: 'object';
  properties: Readonly<Record<string, Readonly<Variable>>>;
  required?: readonly string[];
}

/** What every service reads from its environment; spread it into `properties`. */
export const commonVariables = {
  PORT: { type: 'integer', minimum: 0, maximum: 65535, default: 8080, description: 'the port to listen on' },
  LOG_LEVEL: {
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    description: 'the lowest level that is logged',
  },
  STATE_DIR: { type: 'string', description: 'the folder for database files; without it data ends with the process' },
  DATABASE_URL: {
    type: 'string',
    pattern: '^postgres(ql)?://[^\\s/]+/\\S+$',
    description: 'a PostgreSQL database, as postgres://user:password@host/database; without it SQLite keeps the data',
  },
  PLAIN_HTTP_HOSTS: {
    type: 'string',
    default: '',
    description: 'host names that may be called without TLS, joined by commas: for a local cloud in containers',
  },
} as const;

/** An absolute http or https URL, without a user name or a password. */
export const urlVariable = { type: 'string', format: 'http-url' } as const;

export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly mistakes: string[];

  constructor(mistakes: string[]) {
    super(mistakes.join('; '));
    this.mistakes = mistakes;
  }
}

/**
 * Reads and checks the environment against a schema whose defaults it fills in.
 * An empty variable counts as absent.
 *
 * @throws ConfigError with one line per mistake; values are not quoted, they may be secrets.
 */
export function readConfig<const Schema extends ConfigSchema>(
  schema: Schema,
  environment: NodeJS.ProcessEnv = process.env,
): FromSchema<Schema> {
  const data = Object.fromEntries(
    Object.entries(schema.properties).flatMap(([name, { type }]) => {
      const text = environment[name];
      return text ? [[name, type === 'integer' ? integerIn(text) : text]] : [];
    }),
  );
  // `meta`: the schema is ours and not checked against JSON Schema's own, which would take longer than all the rest.
  const ajv = new Ajv({ allErrors: true, useDefaults: true, meta: false, validateSchema: false });
  ajv.addFormat('http-url', isHttpUrl);
  const validate = ajv.compile<FromSchema<Schema>>(schema);
  if (validate(data)) return data;
  throw new ConfigError((validate.errors ?? []).map((mistake) => explain(mistake, schema)));
}

/** `readConfig` for a process: prints one line per mistake and ends with exit code 1. */
export function loadConfig<const Schema extends ConfigSchema>(service: string, schema: Schema): FromSchema<Schema> {
  try {
    return readConfig(schema);
  } catch (error) {
    const mistakes = error instanceof ConfigError ? error.mistakes : [String(error)];
    for (const mistake of mistakes) lastWords(service, mistake);
    process.exit(1);
  }
}

/** Digits alone: not 1e3, not 0x10, no blanks. */
function integerIn(text: string): number | string {
  return /^-?(?:0|[1-9]\d*)$/.test(text) ? Number(text) : text;
}

function isHttpUrl(text: string): boolean {
  const url = /^https?:\/\/[^\p{C}\p{Z}/]/u.test(text) && !/[\p{C}\p{Z}]/u.test(text) ? URL.parse(text) : null;
  return url !== null && url.username === '' && url.password === '';
}

function explain(mistake: ErrorObject, schema: ConfigSchema): string {
  const missing: string | undefined = mistake.params.missingProperty;
  const allowed: unknown[] | undefined = mistake.params.allowedValues;
  const name = missing ?? mistake.instancePath.slice(1);
  const what = schema.properties[name]?.description;
  const about = what ? `: ${what}` : '';
  if (missing) return `the environment variable ${name} is missing${about}`;
  const choices = allowed ? ` (${allowed.join(', ')})` : '';
  const fault = mistake.keyword === 'format' ? 'must be an http or https URL' : (mistake.message ?? 'is not valid');
  return `the environment variable ${name} ${fault}${choices}${about}`;
}
